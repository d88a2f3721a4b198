/** Runs of a rolling sink on a simulated disk, and what a reader may find after each. */
import { assert } from "@effect/vitest"
import { Batch, type BatchSink } from "@millrace/core"
import { Cause, Effect, Exit, Option } from "effect"
import type { FilesError } from "../../src/files/FilesError.ts"
import { rollingLines } from "../../src/files/lines.ts"
import { Killed, makeProcess, type Process, type SimulatedDisk } from "./simulatedDisk.ts"

/** Parts end by size, by age and by folder; one batch is larger than a part, some are empty. */
const sizes = [3, 0, 5, 2, 30, 0, 1, 4, 4, 4, 2, 0, 0, 0, 1]

export const batches = sizes.map((size, index) =>
  Batch.make(index + 1, 1000 * (index + 1), Array.from({ length: size }, (_, n) => `record ${n} of batch ${index + 1}`)))

export const allLines = batches.flatMap(({ items }) => items)

const options = { directory: "/out", prefix: "words", suffix: "txt" }

export const sinkOn = (disk: SimulatedDisk, process: Process): BatchSink.BatchSink<string, FilesError> =>
  rollingLines(disk.of(process), options, {
    maxBytes: 180,
    maxAge: "4 seconds",
    folder: (time) => time <= 9000 ? "early" : "late"
  }, (line: string) => line)

/** What is under a final name, by name. Everything else is in the hidden folder. */
export const finished = (disk: SimulatedDisk): ReadonlyMap<string, string> =>
  new Map(disk.files.filter(([path]) => !path.startsWith("/out/.words/")))

const timeOf = (path: string): number => Number(/-(\d+)\.txt$/.exec(path)?.[1])

export const finishedLines = (disk: SimulatedDisk): ReadonlyArray<string> =>
  [...finished(disk)].toSorted(([left], [right]) => timeOf(left) - timeOf(right))
    .flatMap(([, content]) => content.split("\n").slice(0, -1))

/**
 * Finished parts hold whole batches, in order, and each line once; those that were there before are as they were. A loss
 * of power may take the newest name away until the next start.
 */
export const checkParts = (disk: SimulatedDisk, before: ReadonlyMap<string, string>, lostPower = false) => {
  const now = finished(disk)
  for (const [path, content] of before) {
    if (!lostPower || now.has(path)) assert.strictEqual(now.get(path), content, `${path} has changed`)
  }
  const lines = finishedLines(disk)
  assert.deepStrictEqual(lines, allLines.slice(0, lines.length), "finished parts are not the first batches")
  const ends = batches.map((_, index) => batches.slice(0, index + 1).flatMap(({ items }) => items).length)
  assert.include([0, ...ends], lines.length, "a batch is in part")
}

/** What a run did before it ended, or was ended. */
export interface Ran {
  /** The newest batch that the sink knew when it was opened. */
  known: number | undefined
  /** The newest batch whose commit succeeded. */
  committed: number
  failure: Exit.Exit<void, FilesError> | undefined
}

const isKilled = (exit: Exit.Exit<void, FilesError>): boolean =>
  Exit.isFailure(exit) && exit.cause.reasons.some((reason) => Cause.isDieReason(reason) && reason.defect instanceof Killed)

const retried = <A, R>(effect: Effect.Effect<A, FilesError, R>): Effect.Effect<A, FilesError, R> =>
  Effect.retry(effect, { times: 20, while: (error) => error.isRetryable })

/** Opens the sink, commits again what it has last and then all that it lacks, as an engine does, and closes it. */
export const run = (disk: SimulatedDisk, process: Process, epoch: number): Effect.Effect<Ran> =>
  Effect.gen(function*() {
    const ran: Ran = { known: undefined, committed: 0, failure: undefined }
    const sink = sinkOn(disk, process)
    const exit = yield* Effect.exit(Effect.scoped(Effect.gen(function*() {
      const writer = yield* retried(sink.open({ pipeline: "p", output: "words", epoch }))
      ran.known = Option.getOrElse(yield* writer.lastCommitted, () => 0)
      for (const batch of batches.slice(Math.max(0, ran.known - 1))) {
        yield* retried(writer.commit(batch))
        ran.committed = batch.id
      }
    })))
    if (Exit.isFailure(exit) && !isKilled(exit)) ran.failure = exit
    return ran
  })

/** Runs to the end, whatever was there before, and finds every line once. */
export const runToEnd = (disk: SimulatedDisk, epoch: number, before: ReadonlyMap<string, string>) =>
  Effect.gen(function*() {
    const ran = yield* run(disk, makeProcess(), epoch)
    assert.isUndefined(ran.failure, String(ran.failure))
    checkParts(disk, before)
    assert.deepStrictEqual(finishedLines(disk), allLines)
    const hidden = disk.files.filter(([path]) => path.startsWith("/out/.words/"))
    assert.lengthOf(hidden, 1, `more than the manifest is left: ${hidden.map(([path]) => path).join(", ")}`)
    return ran
  })

