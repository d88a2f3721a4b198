import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Receiver from "../Receiver.ts"
import { block } from "./blocks.ts"

/**
 * What `ranges` reads from: a log whose places are of type `Position`.
 *
 * @category options
 * @since 0.1.0
 */
export interface RangesOptions<out A, in out Position, out E, out R> extends Receiver.Options {
  /** How a place is written down. */
  readonly position: Schema.Codec<Position, unknown>
  /** Where to start when there is nothing to resume from. */
  readonly start: Position
  /** The end of the log now. Asked once for each batch. */
  readonly latest: Effect.Effect<Position, E, R>
  /** How far a batch that starts at `from` may go: at most to `latest`, and by about `maxRecords` at most. */
  readonly limit: (from: Position, latest: Position, maxRecords: number) => Position
  /** The records from `from` up to, and without, `until`. The same range gives the same records every time. */
  readonly read: (from: Position, until: Position) => Effect.Effect<ReadonlyArray<A>, E, R>
}

/**
 * Receives from a log by exact ranges that the engine chooses, one for each batch: what Spark calls a direct stream. A
 * range is as long as the rate allows; one that is empty is not read. It never ends by itself. `Replayable`.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 * import { Effect, Schema } from "effect"
 *
 * const log = ["to", "be", "or", "not"]
 * const receiver = Receiver.ranges({
 *   name: "log",
 *   position: Schema.Int,
 *   start: 0,
 *   latest: Effect.sync(() => log.length),
 *   limit: (from, latest, maxRecords) => Math.min(latest, from + maxRecords),
 *   read: (from, until) => Effect.succeed(log.slice(from, until))
 * })
 * receiver.delivery // => "Replayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const ranges = <A, Position, E, R>(
  options: RangesOptions<A, Position, E, R>
): Receiver.Receiver<A, E, Exclude<R, Scope.Scope>> =>
  Receiver.perBatch({
    ...options,
    delivery: "Replayable",
    reread: ({ after, until }) => options.read(Option.getOrElse(after, () => options.start), until),
    open: (resumeAfter: Option.Option<Position>) =>
      Effect.map(Effect.context<R>(), (context) => {
        let from = Option.getOrElse(resumeAfter, () => options.start)
        const next = Effect.fnUntraced(function*({ maxRecords }: Receiver.BatchRequest) {
          const until = options.limit(from, yield* options.latest, maxRecords)
          const records = Equal.equals(from, until) ? [] : yield* options.read(from, until)
          from = until
          const given: Receiver.Block<A, Position> = { ...block(records), resumeAfter: until }
          return Option.some(given)
        })
        return (request: Receiver.BatchRequest) =>
          Effect.updateContext(next(request), (ambient: Context.Context<never>) => Context.merge(ambient, context))
      })
  })
