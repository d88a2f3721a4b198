import { describe } from "@effect/vitest"
import { Decoder, Receiver } from "@millrace/core"
import { ReceiverLaws, ScriptedReceiver } from "@millrace/core/testing"
import { Arbitrary, Cause, Effect, Option, Queue, Schema, Stream } from "effect"
import { breaks, keep } from "./cheats.ts"
import { roundsDown } from "./support.ts"

const item = Arbitrary.schema(Schema.Literals(["a", "b", "c"]))
type Make = ReceiverLaws.Options<string, never, never, never>["make"]

const counting = (records: ReadonlyArray<string>) => {
  const seen = { taken: 0, open: 0 }
  const iterable: Iterable<string> = {
    *[Symbol.iterator]() {
      seen.open++
      try {
        for (const record of records) {
          seen.taken++
          yield record
        }
      } finally {
        seen.open--
      }
    }
  }
  return { iterable, taken: Effect.sync(() => seen.taken), open: Effect.sync(() => seen.open) }
}

const replayable = { delivery: "Replayable", item } as const
const queued = (records: ReadonlyArray<string>) => records.flatMap((record) => [[record], []])

/** A stream of one block per record, to be made worse. */
const honest = (records: ReadonlyArray<string>) => {
  const seen = { taken: 0, open: 0 }
  const options = {
    name: "honest",
    delivery: "Replayable" as Receiver.Delivery,
    position: Schema.Int as Schema.Codec<number, unknown>,
    from: (position: number) => position,
    reread: undefined as ((from: number, until: number) => ReadonlyArray<string>) | undefined,
    hand: (record: string, position: number): Receiver.Block<string, number> => ({
      payload: [record],
      records: 1,
      bytes: 1,
      resumeAfter: position + 1
    }),
    atOnce: 0,
    close: true
  }
  const receiver = (changes: Partial<typeof options> = {}) => {
    const { atOnce, close, delivery, from, hand, name, position, reread } = { ...options, ...changes }
    return Receiver.make({
      name,
      delivery,
      position,
      reread: reread === undefined
        ? undefined
        : ({ after, until }) => Effect.sync(() => reread(Option.getOrElse(after, () => 0), until)),
      open: (resumeAfter: Option.Option<number>) =>
        Effect.gen(function*() {
          yield* Effect.acquireRelease(Effect.sync(() => seen.open++), () => Effect.sync(() => void (close && seen.open--)))
          let next = from(Option.getOrElse(resumeAfter, () => 0))
          seen.taken += atOnce
          return Stream.fromPull(Effect.succeed(Effect.suspend(() => {
            const record = records[next]
            if (record === undefined) return Cause.done()
            if (atOnce === 0) seen.taken++
            return Effect.succeed([hand(record, next++)] as const)
          })))
        })
    })
  }
  return { receiver, taken: Effect.sync(() => seen.taken), open: Effect.sync(() => seen.open) }
}

type Changes = Parameters<ReturnType<typeof honest>["receiver"]>[0]

const cheat = (changes: (records: ReadonlyArray<string>) => Changes): ReturnType<typeof ReceiverLaws.all<string, never, never, never>> =>
  ReceiverLaws.all({
    ...replayable,
    make: (records) => {
      const { receiver, ...probes } = honest(records)
      return Effect.succeed({ receiver: receiver(changes(records)), ...probes })
    }
  })

describe("ReceiverLaws", () => {
  const lazily: Make = (records) => {
    const { iterable, ...probes } = counting(records)
    return Effect.succeed({ receiver: Receiver.fromIterable({ name: "lazy" }, iterable), ...probes })
  }
  keep("fromIterable", ReceiverLaws.all({ ...replayable, make: lazily, maxRecords: 3_000, size: 3_000, runs: 20 }))
  keep("fromIterable of an array", ReceiverLaws.all({
    ...replayable,
    make: (records) => Effect.succeed({ receiver: Receiver.fromIterable({ name: "array" }, records) }),
    unobservable: ["taken", "open"]
  }))
  keep("queue", ReceiverLaws.all({
    ...replayable,
    make: (records) => Effect.succeed({ receiver: Receiver.queue({ name: "queue" }, queued(records)) }),
    unobservable: ["taken", "open"]
  }))
  keep("fromQueue", ReceiverLaws.all({
    delivery: "Unreplayable",
    item,
    make: (records) =>
      Effect.gen(function*() {
        const queue = yield* Queue.unbounded<string, Cause.Done>()
        yield* Queue.offerAll(queue, records)
        yield* Queue.end(queue)
        return { receiver: Receiver.fromQueue({ name: "queue" }, queue) }
      }),
    unobservable: ["taken", "open"]
  }))
  for (const delivery of ["Replayable", "Acknowledged", "Unreplayable"] as const) {
    keep(`ScriptedReceiver, ${delivery}`, ReceiverLaws.all({
      delivery,
      item,
      make: (records) =>
        Effect.map(ScriptedReceiver.make({ name: "script", delivery }, queued(records)), ({ closed, opened, receiver }) => ({
          receiver,
          open: Effect.gen(function*() {
            return (yield* opened).length - (yield* closed)
          })
        })),
      unobservable: ["taken"]
    }))
  }
  keep("chunks of text", ReceiverLaws.all({
    delivery: "Unreplayable",
    item,
    make: (records) =>
      Effect.succeed({
        receiver: Receiver.make({
          name: "text",
          decoder: Decoder.split("\n"),
          open: () => {
            const text = { payload: [records.join("\n")], records: records.length, bytes: 2 * records.length }
            return Effect.succeed(records.length === 0 ? Stream.empty : Stream.succeed(text))
          }
        })
      }),
    unobservable: ["taken", "open"]
  }))
  keep("the honest one", cheat(() => ({})))

  const handsOver = "hands over every record once and in order, and ends"
  breaks("another class", cheat(() => ({ delivery: "Unreplayable" })), handsOver, "another delivery class")
  breaks("one that skips", cheat(() => ({ from: (position) => position === 0 ? 1 : position })), handsOver, "other records came")
  breaks("a wrong count", cheat(() => ({
    hand: (record, position) => ({ payload: [record], records: 2, bytes: 1, resumeAfter: position + 1 })
  })), "says how many records a block holds", "a block says a wrong number")
  breaks("no bytes", cheat(() => ({
    hand: (record, position) => ({ payload: [record], records: 1, bytes: NaN, resumeAfter: position + 1 })
  })), "says how many records a block holds", "bytes are a number")
  breaks("one that never closes", cheat(() => ({ close: false })), "keeps nothing open that nobody reads", "stayed open")
  breaks("one that reads all at once", cheat((records) => ({ atOnce: records.length })), "reads no further than it is pulled", "more was read")
  breaks("a position too early", cheat(() => ({
    hand: (record, position) => ({ payload: [record], records: 1, bytes: 1, resumeAfter: position })
  })), "resumes after every position that it gave", "it went on wrongly after block 1")
  breaks("positions that nobody gave", cheat(() => ({
    hand: (record) => ({ payload: [record], records: 1, bytes: 1 })
  })), "resumes after every position that it gave", "no block has a position")
  breaks("a codec that loses", cheat(() => ({
    position: Schema.Number.pipe(Schema.encodeTo(Schema.Number, { decode: roundsDown, encode: roundsDown }))
  })), "resumes after every position that it gave", "it went on wrongly")

  const reads = (reread: (records: ReadonlyArray<string>, from: number, until: number) => ReadonlyArray<string>) =>
    cheat((records) => ({ reread: (from, until) => reread(records, from, until) }))
  const readsAgain = "reads again what it gave between two positions"
  keep("one that reads ranges", reads((records, from, until) => records.slice(from, until)))
  breaks("a range that ends too late", reads((records, from, until) => records.slice(from, until + 1)), readsAgain, "other records")
  breaks("a range that begins too early", reads((records, _, until) => records.slice(0, until)), readsAgain, "other records")

  const once: Make = (records) => {
    let next = 0
    return Effect.succeed({
      receiver: honest(records).receiver({ from: () => next, hand: (record, position) => {
        next = position + 1
        return { payload: [record], records: 1, bytes: 1, resumeAfter: position + 1 }
      } })
    })
  }
  breaks("one that runs only once", ReceiverLaws.all({ ...replayable, make: once, unobservable: ["taken", "open"] }),
    "begins at the beginning without a position", "a second opening")
  breaks("no probe", ReceiverLaws.all({ ...replayable, make: once }), "reads no further than it is pulled", "give it `taken`")

  const endless: Make = () =>
    Effect.succeed({ receiver: Receiver.make<string>({ name: "endless", open: () => Effect.succeed(Stream.never) }) })
  breaks(
    "one that never ends",
    ReceiverLaws.all({ delivery: "Unreplayable", item, make: endless, unobservable: ["taken", "open"] }),
    handsOver,
    "the receiver hangs",
    [[], 0]
  )

  const listening = (given: (records: ReadonlyArray<string>) => ReadonlyArray<string>) =>
    ReceiverLaws.all({
      delivery: "Unreplayable",
      item,
      endless: true,
      make: (records) => {
        const blocks = given(records).map((record) => ({ payload: [record], records: 1, bytes: 1 }))
        const open = () => Effect.succeed(Stream.concat(Stream.fromIterable(blocks), Stream.never))
        return Effect.succeed({ receiver: Receiver.make<string>({ name: "listening", open }) })
      },
      unobservable: ["taken", "open"]
    })
  keep("one that waits for more", listening((records) => records))
  const handsOnly = "hands over every record once and in order"
  breaks("one that waits and repeats", listening((records) => [...records, ...records]), handsOnly, "other records came")
  breaks("one that waits and forgets", listening((records) => records.slice(1)), handsOnly, "the receiver hangs")

  const sendsAgain = "sends again what was not acknowledged, and nothing that was"
  const acknowledged = (acknowledge: ((count: (n: number) => void, n: number) => Effect.Effect<void>) | undefined) =>
    ReceiverLaws.all({
      delivery: "Acknowledged",
      item,
      make: (records: ReadonlyArray<string>) => {
        let safe = 0
        return Effect.succeed({
          receiver: honest(records).receiver({
            delivery: "Acknowledged",
            from: () => safe,
            hand: (record, position) => ({
              payload: [record],
              records: 1,
              bytes: 1,
              acknowledge: acknowledge?.((n) => safe = n, position + 1)
            })
          })
        })
      },
      unobservable: ["taken", "open"]
    })
  keep("an acknowledged one", acknowledged((safe, n) => Effect.sync(() => safe(n))))
  breaks("one that does not listen", acknowledged(() => Effect.void), sendsAgain, "other records came again")
  breaks("one that cannot be told", acknowledged(undefined), sendsAgain, "cannot be acknowledged")
})
