import * as Schema from "effect/Schema"

/**
 * Where reading goes on: after the row with this cursor. How many rows were read up to it is kept with it, so that rows
 * that come or go in between are noticed. It means something to this receiver alone.
 *
 * @category models
 * @since 0.1.0
 */
export const Position = Schema.Struct({
  /** The values of the columns of the cursor, as text. */
  cursor: Schema.Array(Schema.String),
  /** How many rows came before and with it. */
  rows: Schema.Int
})

/** @category models @since 0.1.0 */
export type Position = typeof Position.Type
