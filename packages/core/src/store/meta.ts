/** `META.json`: whose checkpoint a folder is, and in which format. */
import * as Effect from "effect/Effect"
import type { CheckpointError } from "./CheckpointError.ts"
import type { Disk, DiskError } from "./Disk.ts"
import { failWith, type Subject } from "./diskReason.ts"
import { readEpochs } from "./epochs.ts"
import type { Layout } from "./layout.ts"
import { field, isCount, parse } from "./records.ts"
import { format } from "./segmentHeader.ts"

type DiskService = Disk["Service"]

const metaBytesMax = 64 * 1024

/** Refuses a folder of another pipeline or of a newer format. Says whether there is anything. */
export const checkMeta = Effect.fnUntraced(function*(
  disk: DiskService,
  layout: Layout,
  subject: Subject
): Effect.fn.Return<boolean, CheckpointError | DiskError> {
  const bytes = yield* Effect.catchIf(
    disk.read(layout.meta, metaBytesMax),
    (error) => error.reason === "NotFound",
    () => Effect.succeed(undefined)
  )
  if (bytes === undefined) return false
  const value = parse(new TextDecoder().decode(bytes))
  const found = field(value, "format")
  const pipeline = field(value, "pipeline")
  if (isCount(found) && found > format) {
    return yield* failWith(subject, { _tag: "FormatTooNew", found, known: format })
  }
  if (isCount(found) && typeof pipeline === "string") {
    return pipeline === subject.pipeline ? true : yield* failWith(subject, { _tag: "PipelineMismatch", found: pipeline })
  }
  // It is durable before the first epoch is made, so without one it was never finished.
  if ((yield* readEpochs(disk, layout)).newest === 0) {
    yield* disk.remove(layout.meta)
    return false
  }
  const cause = new Error("its content is damaged. Restore a copy")
  return yield* failWith(subject, { _tag: "StoreFailed", operation: `reading ${layout.meta}`, cause, retryable: false })
})

/** Makes the folders and the file where they are not. */
export const prepareHome = Effect.fnUntraced(function*(
  disk: DiskService,
  layout: Layout,
  subject: Subject,
  network: boolean
): Effect.fn.Return<void, CheckpointError | DiskError> {
  for (const path of [layout.home, layout.epochs, layout.journal, layout.snapshots, layout.deadLetters]) {
    yield* disk.makeDirectory(path, { network })
  }
  if (yield* checkMeta(disk, layout, subject)) return
  const content = new TextEncoder().encode(JSON.stringify({ format, pipeline: subject.pipeline }))
  // Somebody else may be at it, and end half-way: it is there as a whole or not at all.
  const own = yield* createUnder(disk, `${layout.meta}.${disk.owner.process}`, content)
  yield* Effect.catchIf(disk.rename(own, layout.meta), (error) => error.reason === "NotFound", () => Effect.void)
  yield* disk.sync(layout.home)
})

/** Several claims of one process may be here at once, and one that crashed may have left its file. */
const createUnder = (disk: DiskService, name: string, content: Uint8Array, turn = 1): Effect.Effect<string, DiskError> => {
  const path = `${name}.${turn}`
  return Effect.catchIf(
    Effect.as(disk.create(path, content), path),
    (error: DiskError) => error.reason === "AlreadyExists",
    () => createUnder(disk, name, content, turn + 1)
  )
}
