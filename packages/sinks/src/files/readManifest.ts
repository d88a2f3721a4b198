import * as Effect from "effect/Effect"
import { join } from "node:path"
import { nodeDisk } from "./disk.ts"
import { FilesError } from "./FilesError.ts"
import type { Part } from "./manifest.ts"
import { manifestName, newestOf, placeOf } from "./rolling.ts"
import { readManifestFile } from "./takeOver.ts"

/**
 * A part that is being written: read no more than `bytes`, which hold whole batches, durably. `crc32` is of those.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenPart {
  /** Where it is now. It is gone from there once it is finished. */
  readonly path: string
  readonly bytes: number
  readonly crc32: number
  /** Where it will be. */
  readonly finalPath: string
  /** Time of its first batch. */
  readonly since: number
}

/**
 * What a rolling output has committed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Manifest {
  readonly pipeline: string
  readonly output: string
  readonly epoch: number
  /** The newest batch, and its time. */
  readonly batch: number
  readonly time: number
  readonly open: OpenPart | undefined
}

/** How often a manifest may be renamed while it is looked for. */
const triesMax = 10

/**
 * Reads what a rolling output has committed, for those who do not want to wait until a part is finished: the finished
 * parts are all files in the directory that are not hidden, and the open one is here. Nothing before the first batch.
 * Changes nothing, and may be called while the output is written. Where `path` of the open part is not there any more, it
 * was finished meanwhile: read the manifest again.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/sinks/Files"
 * import { Effect } from "effect"
 *
 * const program = Files.readManifest({ directory: "orders", prefix: "orders" })
 * Effect.isEffect(program) // => true
 * ```
 *
 * @category readers
 * @since 0.1.0
 */
export const readManifest = Effect.fnUntraced(function*(options: {
  readonly directory: string
  readonly prefix: string
}): Effect.fn.Return<Manifest | undefined, FilesError> {
  const { directory, hidden } = placeOf(options.directory, options.prefix)
  for (let tries = 0; tries < triesMax; tries++) {
    const names = yield* Effect.catchReason(nodeDisk.list(hidden), "FilesError", "NotFound", () => Effect.succeed([]))
    const newest = newestOf(names)
    if (newest === undefined) return undefined
    const path = join(hidden, manifestName(newest))
    const found = yield* Effect.catchReason(readManifestFile(nodeDisk, path), "FilesError", "NotFound", () =>
      Effect.succeed(undefined))
    if (found === undefined) continue
    if (found._tag === "Empty") return undefined
    if (found._tag === "Damaged") return yield* new FilesError({ path, reason: found })
    const { batch, epoch, open, output, pipeline, time } = found.state
    if (batch === 0) return undefined
    return { pipeline, output, epoch, batch, time, open: open === null ? undefined : openPartOf(directory, hidden, open) }
  }
  return yield* new FilesError({ path: hidden, reason: { _tag: "Busy" } })
})

const openPartOf = (directory: string, hidden: string, { bytes, crc32, file, name, since }: Part): OpenPart => ({
  path: join(hidden, file),
  bytes,
  crc32,
  finalPath: join(directory, name),
  since
})
