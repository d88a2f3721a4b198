/**
 * Topics of Kafka: by exact ranges of offsets, or as a member of a consumer group.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { ConnectionOptions } from "./ConnectionOptions.ts"
export { bytes, type Format, format, json, schema, string, UndecodableRecord } from "./Format.ts"
export { direct, subscribe } from "./Kafka.ts"
export { KafkaConnection, layer, layerConfig } from "./KafkaConnection.ts"
export { KafkaError, type Reason } from "./KafkaError.ts"
export type { KafkaRecord } from "./KafkaRecord.ts"
export type { DirectOptions, GroupOptions, ReadOptions, Start, Topics } from "./Options.ts"
export { Position } from "./Position.ts"
export type { Header } from "./RawRecord.ts"
export {
  AuthenticationFailed,
  BatchTooLarge,
  ConnectionLost,
  CorruptRecords,
  GroupLost,
  InvalidOption,
  NotAllowed,
  OffsetOutOfRange,
  RecordTooLarge,
  Refused,
  TlsFailed,
  TopicReplaced,
  Unavailable,
  UnknownTopic,
  UnsupportedVersion
} from "./reasons.ts"
