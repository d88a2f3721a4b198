/** Runs a test with a store on a disk in memory. */
import { CheckpointStore } from "@millrace/core"
import { Effect, Layer } from "effect"
import type { Store } from "./journals.ts"
import { type Files, layerMemoryDisk } from "./MemoryDisk.ts"
import type { Recording } from "./RecordingDisk.ts"

type Options = Omit<CheckpointStore.FileOptions, "directory">

type Body<A, E> = (store: Store, recording: Recording) => Effect.Effect<A, E>

/** On files, in segments of about 20 kB. */
export const onFiles = <A, E>(
  files: Files,
  body: (store: Store) => Effect.Effect<A, E>,
  segmentBytes = 20_000
): Effect.Effect<A, E> =>
  Effect.provide(
    Effect.flatMap(CheckpointStore.CheckpointStore, body),
    Layer.provide(
      CheckpointStore.layerFileSystem({ directory: "/data", reserveBytes: 0, segmentBytes }),
      layerMemoryDisk({ files })
    )
  )

/** On a disk that says what it did, and lets others run before each operation. */
export const onRecording = <A, E>(recording: Recording, body: Body<A, E>, options: Options = {}): Effect.Effect<A, E> =>
  Effect.provide(
    Effect.flatMap(CheckpointStore.CheckpointStore, (store) => body(store, recording)),
    Layer.provide(
      CheckpointStore.layerFileSystem({ directory: "/data", reserveBytes: 8, ...options }),
      recording.layer
    )
  )
