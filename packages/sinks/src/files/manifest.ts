/** What a rolling output has committed, as lines of a file. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { crc32 } from "node:zlib"

/** A file within the directory, and neither outside of it nor hidden. */
export const isInside = (path: string): boolean => !/(^|[/\\])\.|\0|\.\.|^[/\\]/.test(path)
/** A name in the hidden folder. */
const isPlain = (name: string): boolean => isInside(name) && !/[/\\]/.test(name)
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const Part = Schema.Struct({
  name: Schema.String.check(Schema.makeFilter(isInside)),
  file: Schema.String.check(Schema.makeFilter(isPlain)),
  bytes: Count,
  crc32: Count,
  since: Schema.Int
})

export interface Part extends Schema.Schema.Type<typeof Part> {}

export const State = Schema.Struct({
  format: Schema.Literal(1),
  pipeline: Schema.String,
  output: Schema.String,
  epoch: Count,
  batch: Count,
  time: Schema.Int,
  open: Schema.NullOr(Part),
  finished: Schema.NullOr(Part)
})

export interface State extends Schema.Schema.Type<typeof State> {}

const toText = Schema.encodeSync(Schema.fromJsonString(State))
const fromText = Schema.decodeUnknownOption(Schema.fromJsonString(State))

const hex = (sum: number): string => sum.toString(16).padStart(8, "0")

/** The CRC-32 of the rest in eight hexadecimal digits, a space, JSON, a line feed. */
export const lineOf = (state: State): string => {
  const text = toText(state)
  return `${hex(crc32(text))} ${text}\n`
}

/** What a manifest says: nothing yet, a state, or that it is not what was written. */
export type Found =
  | { readonly _tag: "Empty" }
  | { readonly _tag: "State"; readonly state: State }
  | { readonly _tag: "Damaged"; readonly problem: string }

const isWhole = (line: string): boolean => line.slice(0, 9) === `${hex(crc32(line.slice(9)))} `

/**
 * The last line counts. Each is synced before the next one is written, so only what comes after the last whole line may
 * be torn; a whole line behind a broken one means that something synced was changed.
 */
export const decode = (text: string): Found => {
  const lines = text.split("\n").filter((line) => line !== "")
  const broken = lines.findIndex((line) => !isWhole(line))
  if (broken >= 0 && lines.slice(broken + 1).some(isWhole)) {
    return { _tag: "Damaged", problem: `line ${broken + 1} of the manifest was changed after it was written` }
  }
  const last = lines[broken < 0 ? lines.length - 1 : broken - 1]
  if (last === undefined) {
    return lines.length === 0 ? { _tag: "Empty" } : { _tag: "Damaged", problem: "the manifest has no line that is whole" }
  }
  return Option.match(fromText(last.slice(9)), {
    onNone: () => ({ _tag: "Damaged", problem: "the manifest is of a format that this version does not know" }),
    onSome: (state) => ({ _tag: "State", state })
  })
}
