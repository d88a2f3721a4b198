/**
 * What needs Node.
 *
 * @stability unstable
 * @since 0.1.0
 */
export * as CheckpointFiles from "./CheckpointFiles.ts"
export * as NodeDisk from "./NodeDisk.ts"
export * as StateFiles from "./StateFiles.ts"
export { runMain } from "./runMain.ts"
