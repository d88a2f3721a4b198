/**
 * Where a pipeline's batches, positions and state become durable.
 *
 * @stability unstable
 * @since 0.1.0
 */
export {
  CheckpointStore,
  type Claim,
  type ClaimOptions,
  type Durability,
  type History,
  type Journal,
  type Placed
} from "./store/CheckpointStore.ts"
export type {
  Attempt,
  Changed,
  Committed,
  Data,
  Emitted,
  Failed,
  InputRange,
  JournalRecord,
  OutputDigest,
  Prepared,
  Released,
  Seal,
  Snapshot,
  SnapshotTaken,
  Suspicion
} from "./store/JournalRecord.ts"
export { examine, type Examination, type SegmentSeen, type SnapshotSeen } from "./store/examine.ts"
export { type FileOptions, layerFileSystem } from "./store/fileStore.ts"
export { layerMemory } from "./store/memoryStore.ts"
export { layerPostgres, type PostgresStoreOptions } from "./store/postgresStore.ts"
export { repair, type Repaired } from "./store/repair.ts"
