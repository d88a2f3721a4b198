/**
 * Typed micro-batch streaming for Effect.
 *
 * @stability unstable
 * @since 0.1.0
 */
export * as Batch from "./batch/Batch.ts"
export * as BatchTime from "./batch/BatchTime.ts"
export * as Key from "./batch/Key.ts"
export * as BatchSink from "./dstream/BatchSink.ts"
export * as Checkpoint from "./Checkpoint.ts"
export * as Decoder from "./dstream/Decoder.ts"
export * as Lines from "./dstream/Lines.ts"
export * as State from "./dstream/State.ts"
export * as Table from "./dstream/Table.ts"
export * as DStream from "./DStream.ts"
export * as Pipeline from "./Pipeline.ts"
export { InvalidPipeline } from "./plan/InvalidPipeline.ts"
export * as Receiver from "./Receiver.ts"
export { PipelineError } from "./runtime/PipelineError.ts"
export { PipelineEvent } from "./runtime/PipelineEvent.ts"
export { AlreadyRunning, Pipelines } from "./runtime/Pipelines.ts"
export * as CheckpointStore from "./CheckpointStore.ts"
export { CheckpointError } from "./store/CheckpointError.ts"
export * as DeadLetters from "./DeadLetters.ts"
export * as Disk from "./store/Disk.ts"
export type { Delta, KeyedRest, Operator, OperatorState, StoredKey, StoredKeys } from "./store/OperatorState.ts"
export { StateError } from "./store/StateError.ts"
export { StateStore } from "./store/StateStore.ts"
