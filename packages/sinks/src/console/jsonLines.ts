import { type Batch, BatchSink } from "@millrace/core"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ConsoleError } from "./ConsoleError.ts"

/**
 * Writes one line of JSON for every batch, also for an empty one, by Effect's `Console.log`:
 * `{"id":1,"time":1000,"items":[…]}`. A line is a batch, so that a reader can drop a batch that comes twice by its id.
 *
 * With a `schema` items are encoded by it, to JSON also where it encodes to more than that (dates, bigints, maps);
 * without one they are written as `JSON.stringify` does, and `undefined` as `null`. `AtLeastOnce`.
 *
 * ```ts import.meta.vitest
 * import { BatchSink } from "@millrace/core"
 * import * as Console from "@millrace/sinks/Console"
 * import { Schema } from "effect"
 *
 * const sink = Console.jsonLines({ schema: Schema.Struct({ at: Schema.Date }) })
 * BatchSink.isBatchSink(sink) // => true
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const jsonLines = <A = unknown>(
  options: { readonly schema?: Schema.Codec<A, unknown> | undefined } = {}
): BatchSink.BatchSink<A, ConsoleError> => {
  const encode: (item: A) => unknown = options.schema === undefined
    ? (item) => item
    : Schema.encodeSync(Schema.toCodecJson(options.schema))
  return BatchSink.make((batch: Batch.Batch<A>) => Effect.flatMap(toLine(batch, encode), (line) => Console.log(line)))
}

const toLine = <A>({ id, items, time }: Batch.Batch<A>, encode: (item: A) => unknown) =>
  Effect.suspend(() => {
    let item = 0
    return Effect.try({
      try: () => {
        const texts: Array<string> = []
        for (; item < items.length; item++) texts.push(JSON.stringify(encode(items[item]!)) ?? "null")
        return `{"id":${id},"time":${time},"items":[${texts.join(",")}]}`
      },
      catch: (cause) => new ConsoleError({ batchId: id, item, cause })
    })
  })
