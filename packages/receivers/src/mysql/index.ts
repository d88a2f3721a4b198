/**
 * Rows of MySQL, MariaDB or SingleStore: as they are added, and as tables to join with.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { ConnectionOptions, Tls } from "./ConnectionOptions.ts"
export { layer, layerConfig } from "./driver.ts"
export { MySqlClient } from "./MySqlClient.ts"
export {
  BadOptions,
  Busy,
  ConnectionLost,
  InvalidCursor,
  InvalidOption,
  InvalidRow,
  MySqlError,
  NotAllowed,
  type Reason,
  Rejected,
  RowsChanged,
  TimedOut,
  TooManyRows
} from "./MySqlError.ts"
export type { From, Row, RowsOptions } from "./Options.ts"
export { Position } from "./Position.ts"
export { rows } from "./rows.ts"
export { type DecodedTableOptions, table, type TableOptions } from "./table.ts"
