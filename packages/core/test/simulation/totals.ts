/** Totals by key, whose state has had several shapes. */
import { DStream, State, type StateStore } from "@millrace/core"
import { Schema } from "effect"
import type { Row } from "./reference.ts"

const first = Schema.Number
const second = State.next(first, Schema.Struct({ sum: Schema.Number }), (sum) => ({ sum }))
const third = State.next(second, Schema.Struct({ cents: Schema.Number, unit: Schema.String }), ({ sum }) => ({
  cents: sum * 100,
  unit: "EUR"
}))

type Values = DStream.DStream<Row, unknown>

const totalsIn = <S>(
  values: Values,
  name: string,
  state: Schema.Codec<S, unknown>,
  sumOf: (state: S) => number,
  stateOf: (sum: number) => S
): DStream.DStream<Row, unknown, StateStore> =>
  DStream.mapWithState(values, {
    name: `total ${name}`,
    state,
    step: (value: number, total: S | undefined, key: string) => {
      const next = (total === undefined ? 0 : sumOf(total)) + value
      return [stateOf(next), [key, next] as Row]
    }
  })

/** How many versions there are. */
export const versions = 3

export const totals = (values: Values, name: string, version: number) => {
  switch (version) {
    case 1:
      return totalsIn(values, name, first, (sum) => sum, (sum) => sum)
    case 2:
      return totalsIn(values, name, second, ({ sum }) => sum, (sum) => ({ sum }))
    default:
      return totalsIn(values, name, third, ({ cents }) => cents / 100, (sum) => ({ cents: sum * 100, unit: "EUR" }))
  }
}
