import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Receiver from "../Receiver.ts"
import { blocksOf, inMemory, type RecordOptions } from "./blocks.ts"

/**
 * Receives the elements of an Effect `Stream`: its chunks are the blocks, nothing is pulled before the buffer has room,
 * and its end is the receiver's. Each opening runs the stream anew. `Unreplayable`: after a crash the stream starts from
 * its beginning. No slow start: `initialRate` defaults to `Infinity` where the pipeline has none.
 *
 * ```ts import.meta.vitest
 * import { Receiver } from "@millrace/core"
 * import { Stream } from "effect"
 *
 * const receiver = Receiver.fromStream({ name: "numbers" }, Stream.range(1, 3))
 * receiver.delivery // => "Unreplayable"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromStream = <A, E, R>(
  options: RecordOptions<NoInfer<A>>,
  stream: Stream.Stream<A, E, R>
): Receiver.Receiver<A, E, Exclude<R, Scope.Scope>> =>
  Receiver.make({
    ...inMemory(options),
    open: () =>
      Effect.map(Effect.context<R>(), (context) =>
        stream.pipe(
          Stream.mapArray(blocksOf),
          Stream.updateContext((ambient: Context.Context<never>) => Context.merge(ambient, context))
        ))
  })
