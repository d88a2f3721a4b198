/** A receiver read by hand: batch after batch, as the engine asks. */
import type { Receiver } from "@millrace/core"
import * as Kafka from "@millrace/receivers/Kafka"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

export type Direct<Key, Value> = Kafka.DirectOptions<Key, Value>

/** What is asked for and what comes of it, decoded. */
export interface Batch<Key, Value> {
  readonly records: ReadonlyArray<Kafka.KafkaRecord<Key, Value>>
  readonly block: Receiver.Block<unknown, Kafka.Position>
}

/** Opens it, and gives what asks for a batch of at most so many records. */
export const opened = <Key = Uint8Array, Value = Uint8Array>(options: Direct<Key, Value>, resumeAfter?: Kafka.Position) =>
  Effect.gen(function*() {
    const receiver = Kafka.direct(options)
    if (receiver.source._tag !== "PerBatch") throw new Error("it is asked for each batch")
    const next = yield* receiver.source.open(Option.fromUndefinedOr(resumeAfter))
    let time = Date.now()
    return (maxRecords = Infinity): Effect.Effect<Batch<Key, Value>, Kafka.KafkaError> =>
      Effect.map(Effect.suspend(() => next({ time: time += 1000, maxRecords })), (block) => {
        const given = Option.getOrThrow(block) as Receiver.Block<unknown, Kafka.Position>
        return { block: given, records: decoded(receiver, given.payload) }
      })
  })

/** What its decoder makes of chunks. */
export const decoded = <A, E, R>({ decoder }: Receiver.Receiver<A, E, R>, chunks: ReadonlyArray<unknown>): ReadonlyArray<A> =>
  decoder.steps.reduce<ReadonlyArray<any>>((items, step) =>
    step.op === "flatMap" ? items.flatMap((item) => [...step.f(item)]) : items, chunks)

/** Asks until so many records have come, at most so many at once. */
export const gather = Effect.fnUntraced(function*<Key, Value>(
  ask: (maxRecords?: number) => Effect.Effect<Batch<Key, Value>, Kafka.KafkaError>,
  count: number,
  maxRecords = Infinity
) {
  const records: Array<Kafka.KafkaRecord<Key, Value>> = []
  const batches: Array<Batch<Key, Value>> = []
  for (const deadline = Date.now() + 15_000; records.length < count;) {
    if (Date.now() > deadline) throw new Error(`${records.length} of ${count} records came`)
    const batch = yield* ask(maxRecords)
    if (batch.block.resumeAfter !== undefined) batches.push(batch)
    records.push(...batch.records)
    if (batch.records.length === 0) yield* Effect.sleep("5 millis")
  }
  return { records, batches }
})

export const valuesOf = <Key, Value>(records: ReadonlyArray<Kafka.KafkaRecord<Key, Value>>) => records.map(({ value }) => value)
