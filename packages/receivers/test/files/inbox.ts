/** A directory that is watched, and how files get into it. */
import type { Receiver } from "@millrace/core"
import * as Files from "@millrace/receivers/Files"
import * as Effect from "effect/Effect"
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { temporaryDirectory } from "./support.ts"

export type Options = Partial<Omit<Files.WatchOptions, "path">>

export const watch = (path: string, options: Options = {}): Receiver.Receiver<string, Files.FilesError> =>
  Files.watch({ name: "watch", path, pollInterval: "1 millis", blockBytes: 64, format: Files.textLines(), ...options })

/** Writes files elsewhere and moves them in; `age` is how many seconds ago they were last written to. */
export const put = (directory: string, files: Readonly<Record<string, string>>, age = 0): void => {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${directory}.part`, content)
    const seconds = Date.now() / 1000 - age
    utimesSync(`${directory}.part`, seconds, seconds)
    renameSync(`${directory}.part`, path)
  }
}

export const inbox = Effect.map(temporaryDirectory, (directory) => {
  const path = join(directory, "inbox")
  mkdirSync(path)
  return path
})
