/** Lines to send: a hundred that are always the same, or random ones. One in ten is broken. */
import { Effect, Random } from "effect"
import { print } from "./Transaction.ts"

const accounts = ["DE-100", "DE-200", "FR-100", "FR-300", "IT-700"]
const descriptions = ["rent", "wages", "coffee", "books", "train"]

/** Each in a way of its own. */
const broken = (id: number, line: string): string => {
  switch (Math.floor(id / 10) % 5) {
    case 0:
      return "nothing of the kind"
    case 1:
      return line.replace(/^\d+/, "seven")
    case 2:
      return line.replace(/\d{4}-\d\d-\d\d/, "2026-02-30")
    case 3:
      return line.replace(/[A-Z]{2}-/, "")
    default:
      return line.replace(/-?\d+\.\d\d/, "a lot")
  }
}

interface Choices {
  readonly account: number
  readonly day: number
  readonly cents: number
}

const lineOf = (id: number, { account, cents, day }: Choices): string => {
  const line = print({
    id,
    date: `2026-01-${String(day % 28 + 1).padStart(2, "0")}`,
    account: accounts[account % accounts.length] ?? "",
    cents,
    description: descriptions[(account + day) % descriptions.length] ?? ""
  })
  return id % 10 === 9 ? broken(id, line) : line
}

/** What the classic example sends: always the same. */
export const fixed: ReadonlyArray<string> = Array.from({ length: 100 }, (_, id) =>
  lineOf(id, { account: id * 7 % 13, day: id * 3, cents: id * 7_919 % 100_000 - 40_000 }))

export const random = (id: number): Effect.Effect<string> =>
  Effect.gen(function*() {
    const account = yield* Random.nextIntBetween(0, accounts.length - 1)
    const day = yield* Random.nextIntBetween(0, 27)
    return lineOf(id, { account, day, cents: yield* Random.nextIntBetween(-50_000, 50_000) })
  })
