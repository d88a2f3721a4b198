/**
 * The command line of Millrace, to be run from a program.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { run } from "./program.ts"
