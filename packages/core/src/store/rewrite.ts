/** Checkpoints read, changed and written by tools. Whoever writes claims first, so that a live owner is never touched. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { CheckpointError, type Reason } from "./CheckpointError.ts"
import { CheckpointStore, type History } from "./CheckpointStore.ts"
import { decideRecovery } from "./decideRecovery.ts"
import { decodeRecord, encodeRecord, isSnapshotHead, isState } from "./records.ts"
import { type Image, imageOf, oldestData, operatorsOf, renamed } from "./Image.ts"

/**
 * What a pipeline's checkpoint holds, without claiming it. What a live owner writes meanwhile may be missing.
 *
 * @category tools
 * @since 0.1.0
 */
export const read = (pipeline: string): Effect.Effect<Image, CheckpointError, CheckpointStore> =>
  Effect.gen(function*() {
    const store = yield* CheckpointStore
    const history = yield* store.inspect(pipeline)
    if (isEmpty(history)) return yield* refused(pipeline, "is empty: there is nothing to read")
    return yield* decoded(pipeline, history)
  })

/**
 * Gives up what an operator remembers. Fails with `Refused` where the checkpoint does not know it, and with
 * `CheckpointInUse` while the pipeline runs.
 *
 * @category tools
 * @since 0.1.0
 */
export const drop = (pipeline: string, operator: string): Effect.Effect<void, CheckpointError, CheckpointStore> =>
  rewrite(pipeline, (image) =>
    Result.map(known(image, operator), () => renamed(image, (name) => name === operator ? undefined : name)))

/**
 * Gives what an operator remembers another name. Fails as `drop` does, and where the new name is taken.
 *
 * @category tools
 * @since 0.1.0
 */
export const rename = (
  pipeline: string,
  operator: string,
  to: string
): Effect.Effect<void, CheckpointError, CheckpointStore> =>
  rewrite(pipeline, (image) =>
    Result.flatMap(known(image, operator), () =>
      operatorsOf(image).includes(to)
        ? Result.fail(`already remembers something as ${JSON.stringify(to)}: drop that first`)
        : Result.succeed(renamed(image, (name) => name === operator ? to : name))))

/**
 * Writes what `read` gave, perhaps elsewhere, perhaps long ago, as the checkpoint of its pipeline. Fails with `Refused`
 * where the pipeline has one already.
 *
 * @category tools
 * @since 0.1.0
 */
export const write = (image: Image): Effect.Effect<void, CheckpointError, CheckpointStore> =>
  Effect.scoped(Effect.gen(function*() {
    const { pipeline } = image.manifest
    const store = yield* CheckpointStore
    const unknown = [...image.data, ...image.batches].findIndex((record) => decodeRecord(encodeRecord(record)) === undefined)
    if (unknown >= 0) return yield* refused(pipeline, `is not written: record ${unknown + 1} of the journal is none`)
    if (!isSnapshotHead(image.snapshot) || !image.snapshot.states.every(isState)) {
      return yield* refused(pipeline, "is not written: the snapshot is none")
    }
    const claim = yield* store.claim(pipeline)
    if (!isEmpty(yield* claim.read)) {
      return yield* refused(pipeline, "is not empty, and is not overwritten. Write into another directory")
    }
    const journal = yield* claim.seal(image.manifest)
    const first = journal.append([]) + 1
    journal.append([...image.data, ...image.batches])
    yield* journal.sync
    yield* journal.snapshot(image.snapshot, first)
    yield* journal.release(image.snapshot.batch)
  }))

/** What batches after the snapshot say is said again, and takes the place of what they said before. */
const rewrite = (
  pipeline: string,
  edit: (image: Image) => Result.Result<Image, string>
): Effect.Effect<void, CheckpointError, CheckpointStore> =>
  Effect.scoped(Effect.gen(function*() {
    const store = yield* CheckpointStore
    // A checkpoint that is not there is not begun by a look at it.
    yield* read(pipeline)
    const claim = yield* store.claim(pipeline)
    const history = yield* claim.read
    const edited = edit(yield* decoded(pipeline, history))
    if (Result.isFailure(edited)) return yield* refused(pipeline, edited.failure)
    const image = edited.success
    const journal = yield* claim.seal(image.manifest)
    const first = journal.append([]) + 1
    journal.append(image.batches)
    yield* journal.sync
    yield* journal.snapshot(image.snapshot, Math.min(first, oldestData(history, image)))
    yield* journal.release(image.snapshot.batch)
  }))

const decoded = (pipeline: string, history: History): Effect.Effect<Image, CheckpointError, CheckpointStore> => {
  const recovery = decideRecovery({ history, outputs: [] })
  return Result.isSuccess(recovery)
    ? Effect.succeed(imageOf(pipeline, history, recovery.success))
    : failure(pipeline, recovery.failure)
}

const isEmpty = ({ records, snapshot }: History): boolean =>
  snapshot === undefined && records.every(({ record }) => record._tag === "Seal" || record._tag === "Released")

const known = (image: Image, operator: string): Result.Result<void, string> => {
  const names = operatorsOf(image)
  if (names.includes(operator)) return Result.void
  const list = names.length === 0 ? "It has none" : `It has ${names.map((name) => JSON.stringify(name)).join(", ")}`
  return Result.fail(`has no operator ${JSON.stringify(operator)}. ${list}`)
}

const refused = (pipeline: string, problem: string) => failure(pipeline, { _tag: "Refused", problem })

const failure = (pipeline: string, reason: Reason): Effect.Effect<never, CheckpointError, CheckpointStore> =>
  Effect.flatMap(CheckpointStore, ({ path }) => Effect.fail(new CheckpointError({ pipeline, path, reason })))
