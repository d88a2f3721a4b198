/**
 * Records in Kafka: each batch a transaction, or at least once.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { ConnectionOptions } from "./connection.ts"
export { type Compression } from "./driver.ts"
export { json, type JsonOptions } from "./json.ts"
export { KafkaConnection, layer, layerConfig } from "./KafkaConnection.ts"
export { KafkaError, type Reason } from "./KafkaError.ts"
export { type ProduceOptions, type TransactionalOptions } from "./options.ts"
export { produce } from "./produce.ts"
export { type KafkaRecord } from "./records.ts"
export { transactional } from "./transactional.ts"
