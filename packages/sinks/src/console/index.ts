/**
 * Batches on the console, through Effect's `Console`.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { ConsoleError } from "./ConsoleError.ts"
export { jsonLines } from "./jsonLines.ts"
export { print } from "./print.ts"
