/** Files for state, each test its own, gone when it ends. */
import type { StateError, StateStore } from "@millrace/core"
import { StateFiles } from "@millrace/core/node"
import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The name of a file in a directory of its own. */
export const someFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "state-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  ),
  (directory) => join(directory, "deep", "state.db")
)

/** A store in a new file. */
export const newStore = (maxLiveKeys?: number): Layer.Layer<StateStore, StateError> =>
  Layer.unwrap(Effect.map(someFile, (file) => StateFiles.layerSqlite({ file, maxLiveKeys })))
