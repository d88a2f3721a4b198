/**
 * Lines of text files, to be read again from any place.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { lines, read } from "./Files.ts"
export {
  FileChanged,
  FilesError,
  Forgotten,
  InvalidName,
  InvalidOption,
  NotAFile,
  NotFound,
  OutsideRoot,
  PermissionDenied,
  type Reason,
  Refused,
  TooManyFiles,
  TooOld,
  Unavailable
} from "./FilesError.ts"
export type { Format } from "./Format.ts"
export type { LineOptions, PathOptions, ReadOptions, TailOptions, TextOptions, WatchOptions } from "./Options.ts"
export { Position } from "./Position.ts"
export { tail } from "./tail.ts"
export { TailPosition } from "./TailPosition.ts"
export { textLines } from "./textLines.ts"
export { watch } from "./watch.ts"
export { WatchPosition } from "./WatchPosition.ts"
