/**
 * Lines of text files, to be read again from any place.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { csv } from "./csv.ts"
export { fixedLength } from "./fixedLength.ts"
export { jsonLines } from "./jsonLines.ts"
export { wholeBytes, type WholeFile, type WholeOptions, wholeText } from "./whole.ts"
export { lines, read } from "./Files.ts"
export {
  FileChanged,
  FilesError,
  Forgotten,
  InvalidName,
  InvalidOption,
  InvalidRecord,
  MissingPackage,
  NotAFile,
  NotDecompressed,
  NotFound,
  OutsideRoot,
  PermissionDenied,
  type Reason,
  RecordTooLong,
  Refused,
  TooLarge,
  TooManyFiles,
  TooOld,
  Unavailable
} from "./FilesError.ts"
export type { Format } from "./Format.ts"
export type { CompressionOptions, CsvOptions, LineOptions, PathOptions, ReadOptions, RecordOptions, TailOptions, TextOptions, WatchOptions } from "./Options.ts"
export { Position } from "./Position.ts"
export { tail } from "./tail.ts"
export { TailPosition } from "./TailPosition.ts"
export { textLines } from "./textLines.ts"
export { watch } from "./watch.ts"
export { WatchPosition } from "./WatchPosition.ts"
