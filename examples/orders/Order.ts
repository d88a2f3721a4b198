/** What the application sees: a whole order, never a line of one. */
import { Schema } from "effect"

export const Item = Schema.Struct({ id: Schema.Natural, cost: Schema.Natural })

/** The costs of the items add up to the total. The same item may stand in an order more than once. */
export const Order = Schema.Struct({ id: Schema.Natural, total: Schema.Natural, items: Schema.Array(Item) })

export type Item = typeof Item.Type
export type Order = typeof Order.Type
