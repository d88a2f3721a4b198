/** How the rolling form is told when a part ends, and what its files are called. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { FilesError } from "./FilesError.ts"

/**
 * When a part is finished and the next one begun. A part holds whole batches: it is larger than `maxBytes` only where a
 * single batch is.
 *
 * @category options
 * @since 0.1.0
 */
export interface RollingOptions {
  /** A batch that would make a part larger begins the next one. Defaults to 128 MiB. */
  readonly maxBytes?: number | undefined
  /** From the time of its first batch; later batches, also empty ones, end the part. Defaults to an hour. */
  readonly maxAge?: Duration.Input | undefined
  /** Each batch becomes a gzip member, and names end in `.gz`. Defaults to false. */
  readonly gzip?: boolean | undefined
  /**
   * The folder of a part within the directory, by the batch time in milliseconds: `"dt=2026-01-01"`. Another folder ends
   * the part. Defaults to the directory itself.
   */
  readonly folder?: ((time: number) => string) | undefined
}

/** When a part ends, in numbers. */
export interface Rules {
  readonly maxBytes: number
  readonly maxAgeMillis: number
  readonly gzip: boolean
  readonly folder: (time: number) => string
}

export const rulesOf = (directory: string, options: RollingOptions): Effect.Effect<Rules, FilesError> => {
  const { folder = () => "", gzip = false, maxAge = "1 hour", maxBytes = 128 * 1024 * 1024 } = options
  const maxAgeMillis = Duration.toMillis(Duration.fromInputUnsafe(maxAge))
  const problem = !(maxBytes >= 1)
    ? "rolling.maxBytes has to be 1 or more"
    : !(maxAgeMillis >= 1)
    ? "rolling.maxAge has to be a millisecond or more"
    : undefined
  return problem === undefined
    ? Effect.succeed({ folder, gzip, maxAgeMillis, maxBytes })
    : Effect.fail(new FilesError({ path: directory, reason: { _tag: "BadOptions", problem } }))
}

/** Where the files of an output are. */
export interface Place {
  readonly directory: string
  /** Hidden, beside the finished parts: the manifest, and the part that is being written. */
  readonly hidden: string
}

export const placeOf = (directory: string, prefix: string): Place => ({ directory, hidden: join(directory, `.${prefix}`) })

/** Who owns a manifest: the start of the pipeline, and how many times the manifest changed hands. */
export interface Term {
  readonly epoch: number
  readonly generation: number
}

export const manifestName = ({ epoch, generation }: Term): string => `manifest-${epoch}-${generation}`

/** A manifest before it gets its name. */
export const draftName = ({ generation }: Term): string => `manifest-${generation}.new`

export const partName = (since: number, { generation }: Term): string => `${since}-${generation}.part`

const termOf = (name: string): Term | undefined => {
  const [, epoch, generation] = /^manifest-(\d+)-(\d+)$/.exec(name) ?? []
  return epoch === undefined ? undefined : { epoch: Number(epoch), generation: Number(generation) }
}

/** The generation that a name in the hidden folder is of. */
export const generationOf = (name: string): number | undefined => {
  const [, ofPart, ofDraft] = /^\d+-(\d+)\.part$|^manifest-(\d+)\.new$/.exec(name) ?? []
  const generation = ofPart ?? ofDraft
  return generation === undefined ? termOf(name)?.generation : Number(generation)
}

export const isAfter = (left: Term, right: Term): boolean =>
  left.epoch > right.epoch || (left.epoch === right.epoch && left.generation > right.generation)

/** The term in force: of several manifests, the one that was taken last. */
export const newestOf = (names: ReadonlyArray<string>): Term | undefined => {
  let newest: Term | undefined
  for (const name of names) {
    const term = termOf(name)
    if (term !== undefined && (newest === undefined || isAfter(term, newest))) newest = term
  }
  return newest
}
