/**
 * One file for each batch, complete or not there.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { type FilesOptions } from "./names.ts"
export { FilesError, type Reason } from "./FilesError.ts"
export { jsonLines } from "./jsonLines.ts"
export { text } from "./text.ts"
