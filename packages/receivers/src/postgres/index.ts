/**
 * Rows of PostgreSQL: as they are added, and as tables to join with.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { layer, layerConfig } from "./driver.ts"
export type { From, Row, RowsOptions } from "./Options.ts"
export { Position } from "./Position.ts"
export {
  Busy,
  ConnectionLost,
  InvalidCursor,
  InvalidOption,
  InvalidRow,
  NotAllowed,
  PostgresError,
  type Reason,
  Rejected,
  RowsChanged,
  TimedOut,
  TooManyRows
} from "./PostgresError.ts"
export { rows } from "./rows.ts"
export { type DecodedTableOptions, table, type TableOptions } from "./table.ts"
