/**
 * Lines of text files, to be read again from any place.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { lines } from "./Files.ts"
export {
  FileChanged,
  FilesError,
  InvalidName,
  InvalidOption,
  NotAFile,
  NotFound,
  OutsideRoot,
  PermissionDenied,
  type Reason,
  Refused,
  Unavailable
} from "./FilesError.ts"
export type { LineOptions } from "./Options.ts"
export { Position } from "./Position.ts"
