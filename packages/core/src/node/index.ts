/**
 * What needs Node.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { runMain } from "./runMain.ts"
