/**
 * Batches as files of lines: one for each batch, or one for many that ends by size and age. Complete, or not there.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { type FilesOptions } from "./names.ts"
export { FilesError, type Reason } from "./FilesError.ts"
export { jsonLines } from "./jsonLines.ts"
export { type Manifest, type OpenPart, readManifest } from "./readManifest.ts"
export { type RollingOptions } from "./rolling.ts"
export { text } from "./text.ts"
