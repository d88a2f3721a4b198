/** Joining the two halves of 100,000 events by their id, against a loop that finds one half in a `Map` of the other. */
import { DStream } from "@millrace/core"
import { compare, type Comparison } from "../harness/compare.ts"
import { type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"

interface Event {
  readonly kind: "order" | "payment"
  readonly id: string
  readonly cents: number
}

type Joined = readonly [id: string, both: readonly [order: Event, payment: Event]]

const count = 100_000

/** Each id has as many orders as payments, in no order. */
const events = (ids: number): ReadonlyArray<Event> => {
  let seed = 1
  const all = Array.from({ length: count }, (_, index) => ({
    at: seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff,
    event: { kind: index % 2 === 0 ? "order" : "payment", id: `id-${(index >> 1) % ids}`, cents: index } satisfies Event
  }))
  return all.sort((left, right) => left.at - right.at).map(({ event }) => event)
}

const hand = (events: ReadonlyArray<Event>): ReadonlyArray<Joined> => {
  const payments = new Map<string, Array<Event>>()
  for (const event of events) {
    if (event.kind !== "payment") continue
    const known = payments.get(event.id)
    if (known === undefined) payments.set(event.id, [event])
    else known.push(event)
  }
  const joined: Array<Joined> = []
  for (const event of events) {
    if (event.kind !== "order") continue
    const found = payments.get(event.id)
    if (found !== undefined) for (const payment of found) joined.push([event.id, [event, payment]])
  }
  return joined
}

const measure = async (ids: number): Promise<Comparison> => {
  const fed = feed<Event, Joined>((input) => {
    const half = (kind: Event["kind"]) =>
      input.pipe(DStream.filter((event) => event.kind === kind), DStream.keyBy(({ id }) => id))
    return DStream.join(half("order"), half("payment"))
  })
  const input = events(ids)
  const comparison = await compare<ReadonlyArray<Event>>({
    items: count,
    rounds: 13,
    warm: 4,
    input: () => input,
    // The engine gives ids together; the loop gives orders as they came.
    normal: (joined: ReadonlyArray<Joined>) =>
      joined.map(([, [order, payment]]) => order.cents * count + payment.cents).sort((left, right) => left - right),
    contenders: [{ name: "hand", run: hand }, { name: "ours", ready: fed.ready, run: fed.batch }]
  })
  await fed.stop()
  return comparison
}

const figure = (name: string, comparison: Comparison): Figure =>
  informational(
    name,
    comparison.ratio("ours", "hand"),
    "x",
    `${comparison.nanos("ours").toFixed(1)} ns/event against ${comparison.nanos("hand").toFixed(1)}`
  )

export const join: Suite = {
  names: ["join.vs.hand", "join.unique.vs.hand"],
  run: async () => [
    figure("join.vs.hand", await measure(count / 8)),
    figure("join.unique.vs.hand", await measure(count / 2))
  ]
}
