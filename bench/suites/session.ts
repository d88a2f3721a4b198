/** Sessions of 10,000 users over event time, a minute of 100,000 clicks a batch, against a loop that keeps the open ones. */
import { DStream } from "@millrace/core"
import { Schema } from "effect"
import { compare } from "../harness/compare.ts"
import { type Figure, informational, type Suite } from "../harness/Figure.ts"
import { feed } from "../harness/feed.ts"

interface Click {
  readonly user: string
  readonly at: number
}

type Clicks = ReadonlyArray<Click>

interface Session {
  start: number
  end: number
  clicks: number
}

type Told = readonly [user: string, session: Readonly<Session>]

const count = 100_000
const users = 10_000
const minute = 60_000
const gap = 15_000
const disorder = 2_000
/** Long, so that no boundary passes unnoticed while somebody else is measured. */
const batchInterval = 600_000

let seed = 1
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
  return (seed >> 8) % below
}

/** The clicks of one minute, out of order by less than what is allowed, so that none is late. */
const clicksOf = (batch: number): Clicks => {
  seed = batch + 1
  return Array.from({ length: count }, (_, index) => ({
    user: `u-${random(users)}`,
    at: batch * minute + Math.floor(index * minute / count) + random(disorder)
  }))
}

/** Sessions that are open, by user; those that the watermark has passed are told at the end of a batch. */
const hand = () => {
  const open = new Map<string, Array<Session>>()
  let highest = -Infinity
  return (clicks: Clicks): ReadonlyArray<Told> => {
    for (let i = 0; i < clicks.length; i++) {
      const { at, user } = clicks[i]!
      if (at > highest) highest = at
      const sessions = open.get(user)
      if (sessions === undefined) open.set(user, [{ start: at, end: at + gap, clicks: 1 }])
      else add(sessions, at)
    }
    const told: Array<Told> = []
    for (const [user, sessions] of open) {
      while (sessions.length > 0 && sessions[0]!.end <= highest - disorder) told.push([user, sessions.shift()!])
      if (sessions.length === 0) open.delete(user)
    }
    return told
  }
}

/** Sessions of a user are in order and do not overlap; a click makes one of those that it reaches. */
const add = (sessions: Array<Session>, at: number): void => {
  let to = sessions.length
  while (to > 0 && sessions[to - 1]!.start >= at + gap) to--
  let from = to
  while (from > 0 && sessions[from - 1]!.end > at) from--
  const session = sessions[from]
  if (from === to || session === undefined) {
    sessions.splice(to, 0, { start: at, end: at + gap, clicks: 1 })
    return
  }
  session.start = Math.min(session.start, at)
  session.end = Math.max(sessions[to - 1]!.end, at + gap)
  for (let i = from + 1; i < to; i++) session.clicks += sessions[i]!.clicks
  session.clicks++
  if (to - from > 1) sessions.splice(from + 1, to - from - 1)
}

const fedSessions = () =>
  feed<Click, Told>((input) =>
    input.pipe(
      DStream.keyBy(({ user }) => user),
      DStream.assignTimestamps({ timestamp: ({ at }) => at, outOfOrderness: disorder }),
      DStream.combineByKeyAndEventWindow({
        name: "sessions",
        sessionGap: gap,
        state: Schema.Number,
        createCombiner: () => 1,
        mergeValue: (clicks) => clicks + 1,
        mergeCombiners: (left, right) => left + right
      }),
      DStream.map(([user, { end, start, value: clicks }]) => [user, { start, end, clicks }])
    ), { batchInterval })

const normal = (told: ReadonlyArray<Told>): ReadonlyArray<string> =>
  told.map(([user, { clicks, end, start }]) => `${user} ${start} ${end} ${clicks}`).sort()

/** What makes sums of results comparable, as far as one number can. */
const sumOf = (told: ReadonlyArray<Told>): number =>
  told.reduce((sum, [, { clicks, end, start }]) => sum + clicks * 1e3 + end - start, 0)

const run = async (): Promise<ReadonlyArray<Figure>> => {
  const fed = fedSessions()
  const byHand = hand()
  const sums = { hand: 0, ours: 0 }
  // All contenders of a round are given the same batch.
  let given = 0
  const comparison = await compare<Clicks>({
    items: count,
    rounds: 21,
    warm: 6,
    input: () => clicksOf(given++ >> 1),
    normal,
    contenders: [
      {
        name: "hand",
        run: (clicks) => {
          const told = byHand(clicks)
          sums.hand += sumOf(told)
          return told
        }
      },
      {
        name: "ours",
        ready: fed.ready,
        run: async (clicks) => {
          const told = await fed.batch(clicks)
          sums.ours += sumOf(told)
          return told
        }
      }
    ]
  })
  await fed.stop()
  if (sums.hand !== sums.ours) throw new Error("Sessions differ")
  const { nanos, ratio } = comparison
  return [
    informational(
      "session.vs.hand",
      ratio("ours", "hand"),
      "x",
      `${nanos("ours").toFixed(1)} ns/click against ${nanos("hand").toFixed(1)}`
    )
  ]
}

export const session: Suite = { names: ["session.vs.hand"], run }
