/** Directories of files, and their receiver read by hand. */
import * as Files from "@millrace/receivers/Files"
import type { Receiver } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export type Block = Receiver.Block<string, Files.Position>

/** A directory that is there until the scope closes. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-read-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const write = (directory: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
}

/** How many files of a directory this process has open; only Linux tells. */
export const openIn = (directory: string): number =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory)
    } catch {
      return false
    }
  }).length

/** Opens a receiver and gives its pull, one block at a time. */
export const openPull = (options: Files.LineOptions, resumeAfter?: Files.Position) =>
  Effect.gen(function*() {
    const { source } = Files.lines(options)
    if (source._tag !== "Stream") throw new Error("it is a stream")
    const stream = yield* source.open(Option.fromUndefinedOr(resumeAfter))
    return Effect.map(yield* Stream.toPull(stream), ([block]) => block as Block)
  })

/** All blocks from one opening to its end, or to its failure. */
export const blocksOf = (options: Files.LineOptions, resumeAfter?: Files.Position) =>
  Effect.scoped(Effect.gen(function*() {
    const pull = yield* openPull(options, resumeAfter)
    const blocks: Array<Block> = []
    yield* Effect.ignore(Effect.forever(Effect.map(pull, (block) => blocks.push(block))))
    return blocks
  }))

export const linesOf = (payload: ReadonlyArray<string>): ReadonlyArray<string> => payload.flatMap((text) => text.split("\n"))

/** The lines that come, and what ends them. */
export const readAll = (options: Files.LineOptions, resumeAfter?: Files.Position) =>
  Effect.scoped(Effect.gen(function*() {
    const lines: Array<string> = []
    const { source } = Files.lines(options)
    if (source._tag !== "Stream") throw new Error("it is a stream")
    const exit = yield* Effect.flip(Effect.andThen(
      Effect.flatMap(source.open(Option.fromUndefinedOr(resumeAfter)), Stream.runForEach((block) =>
        Effect.sync(() => lines.push(...linesOf((block as Block).payload))))),
      Effect.fail(undefined)
    ))
    return { lines, error: exit }
  }))

export const rereadOf = (options: Files.LineOptions, after: Files.Position | undefined, until: Files.Position) =>
  Effect.scoped(Effect.map(
    Files.lines(options).reread!({ after: Option.fromUndefinedOr(after), until }),
    (payload) => linesOf(payload as ReadonlyArray<string>)
  ))
