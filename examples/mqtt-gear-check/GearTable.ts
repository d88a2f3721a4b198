/** At which speeds and revolutions a gear is the right one. It is read from a file, and checked. */
import { Effect, Schema } from "effect"
import { readFile } from "node:fs/promises"

/** From the first to the second, both included. */
const Range = Schema.Tuple([Schema.Finite, Schema.Finite]).check(
  Schema.makeFilter(([from, to]) => from <= to ? undefined : "a range goes from its lower end to its upper one")
)

export const Row = Schema.Struct({
  gear: Schema.Int.check(Schema.isGreaterThan(0)),
  /** In km/h. */
  speed: Range,
  /** Per minute. */
  revolutions: Range
})

export const GearTable = Schema.Struct({
  /** From the lowest gear up. */
  gears: Schema.NonEmptyArray(Row)
})

export type GearTable = typeof GearTable.Type

/** The table cannot be read, or is none. */
export class BadGearTable extends Schema.TaggedError<BadGearTable>()("BadGearTable", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.path} is no table of gears: ${this.problem}`
  }
}

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(GearTable))

export const read = (path: string): Effect.Effect<GearTable, BadGearTable> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: () => new BadGearTable({ path, problem: "it cannot be read" })
  }).pipe(Effect.flatMap((text) =>
    Effect.mapError(decode(text), ({ message }) => new BadGearTable({ path, problem: message }))
  ))
