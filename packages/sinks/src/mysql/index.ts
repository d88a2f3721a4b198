/**
 * Rows in MySQL, MariaDB or SingleStore, with the batch that they came from in the same transaction.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { layer, layerConfig } from "./driver.ts"
export { insert, type InsertOptions } from "./insert.ts"
export { MySqlClient } from "./MySqlClient.ts"
export { MySqlError, type Reason } from "./MySqlError.ts"
export { ConnectionOptions, Tls } from "./Options.ts"
export { type Row } from "./rows.ts"
export { transaction } from "./transaction.ts"
export { upsert, type UpsertOptions } from "./upsert.ts"
export { type MySqlOptions } from "./writing.ts"
