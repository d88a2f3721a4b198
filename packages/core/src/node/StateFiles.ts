/**
 * What operators remember, in files on this machine.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { OperatorState } from "../store/OperatorState.ts"
import type { StateError } from "../store/StateError.ts"
import { StateStore } from "../store/StateStore.ts"
import { SqliteDeltas } from "./SqliteDeltas.ts"
import { SqliteFile } from "./SqliteFile.ts"
import { SqliteKeys } from "./SqliteKeys.ts"

/**
 * Where state is kept, and how much of it is in memory.
 *
 * @category options
 * @since 0.1.0
 */
export interface SqliteOptions {
  /** The database; it and its directory are made where they are missing. One process at a time has it open. */
  readonly file: string
  /** How many keys of each operator are live objects. Defaults to 100,000. */
  readonly maxLiveKeys?: number | undefined
  /** MiB of the file that are held outside of the heap. Defaults to 64. */
  readonly cacheMebibytes?: number | undefined
}

/**
 * Keeps what operators remember in an SQLite file, by `node:sqlite`: every batch in a transaction of its own, once the
 * outputs have it. A pipeline that is started again, in this process or a later one, goes on where its last batch left it.
 *
 * `mapWithState`, `runningReduceByKey`, `runningCountByKey` and `distinct` need not fit into memory: `maxLiveKeys` of their
 * keys are held as live objects, and another one costs a look-up in the file when it comes. What a batch changes is held
 * until it is written. All other operators hold their state in memory, and the file has it as a snapshot and what batches
 * changed since.
 *
 * With a `CheckpointStore` only the operators that read by key are in the file, and the journal tells what it lacks: a
 * batch is in both or in none. Without one, a process that is killed may have delivered one batch more than the file has,
 * and a loss of power may take the last batches from the file; it is never damaged. That is `synchronous = NORMAL`: the
 * file is synced when SQLite moves its log into it, and before each snapshot of a checkpoint, not with every batch. More
 * would pay for a sync per batch and still not make the delivery of a batch and its state one.
 *
 * Fails with a `StateError`: `StateInUse` where another process has the file, `StoreFailed` where it cannot be opened.
 *
 * ```ts import.meta.vitest
 * import { DStream, Pipeline, Receiver } from "@millrace/core"
 * import { StateFiles } from "@millrace/core/node"
 * import { Effect } from "effect"
 * import { mkdtempSync } from "node:fs"
 * import { tmpdir } from "node:os"
 * import { join } from "node:path"
 *
 * const counts: Array<readonly [string, number]> = []
 * const words = DStream.fromReceiver(Receiver.fromIterable({ name: "words" }, ["to", "be", "or", "not", "to", "be"]))
 * const pipeline = Pipeline.make("words", {
 *   batchInterval: "10 millis",
 *   outputs: [
 *     words.pipe(
 *       DStream.keyBy((word) => word),
 *       DStream.runningCountByKey({ name: "counts" }),
 *       DStream.foreachBatch("counts", ({ items }) => Effect.sync(() => counts.push(...items)))
 *     )
 *   ]
 * })
 * const file = join(mkdtempSync(join(tmpdir(), "state-")), "state.db")
 * await Effect.runPromise(Effect.provide(Pipeline.run(pipeline), StateFiles.layerSqlite({ file })))
 * await Effect.runPromise(Effect.provide(Pipeline.run(pipeline), StateFiles.layerSqlite({ file })))
 * counts.findLast(([word]) => word === "be") // => ["be", 4]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSqlite = (options: SqliteOptions): Layer.Layer<StateStore, StateError> =>
  Layer.effect(
    StateStore,
    Effect.map(
      Effect.acquireRelease(
        SqliteFile.open(options.file, options.cacheMebibytes ?? defaultCacheMebibytes),
        (file) => Effect.sync(() => file.close())
      ),
      (file) =>
        StateStore.of({
          keeps: "batches",
          open: (operator, { byKey }): Effect.Effect<OperatorState, StateError, Scope.Scope> =>
            Effect.map(
              file.claim(operator, byKey ? "keys" : "deltas"),
              (table) => byKey ? new SqliteKeys(table, options.maxLiveKeys ?? defaultMaxLiveKeys) : new SqliteDeltas(table)
            )
        })
    )
  )

const defaultMaxLiveKeys = 100_000

const defaultCacheMebibytes = 64
