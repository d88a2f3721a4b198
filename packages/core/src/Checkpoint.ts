/**
 * Checkpoints looked at and changed while their pipeline does not run.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { check, type Verdict } from "./runtime/checkCheckpoint.ts"
export { replay, type Replayed } from "./runtime/replayBatch.ts"
export type { Migration } from "./store/compareManifests.ts"
export { type Image } from "./store/Image.ts"
export type { Change, Manifest, OperatorEntry } from "./store/Manifest.ts"
export { type BatchSummary, inspect, type OperatorSummary, type Summary } from "./store/summarise.ts"
export { drop, read, rename, write } from "./store/rewrite.ts"
