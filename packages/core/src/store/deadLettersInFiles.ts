/** Dead letters in files: a file of lines of JSON for each batch that had some. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { DeadLetter, maxBatchBytes } from "./DeadLetter.ts"
import { DeadLetters, DeadLettersError, type Summary } from "./DeadLetters.ts"
import { Disk, type DiskError } from "./Disk.ts"
import { directoryProblem, layoutOf } from "./layout.ts"
import { batchOfGroup, byGroup, defaultLimit, groupName, letterId, parseId, rememberedBatches } from "./letterNames.ts"
import { parse } from "./records.ts"

/**
 * Where the files are.
 *
 * @category options
 * @since 0.1.0
 */
export interface DeadLetterFiles {
  /** Made where it is missing. That of the checkpoints may be taken: the letters of a pipeline are beside its journal. */
  readonly directory: string
  /** Whether the directory may be on a file system of the network. Defaults to false. */
  readonly allowNetworkFileSystem?: boolean | undefined
}

const suffix = ".jsonl"

/** Four times what the payloads of a batch may have: text in JSON is escaped, and there is more to a letter. */
const maxFileBytes = 4 * maxBatchBytes

/** A line by its place; a letter that was removed leaves an empty line, so that the ids of the others stay. */
type Lines = ReadonlyArray<string>

const isLetter = Schema.is(DeadLetter)

const letterOf = (line: string | undefined): DeadLetter | undefined => {
  const value = line === undefined || line === "" ? undefined : parse(line)
  return isLetter(value) ? value : undefined
}

/** The files of one directory. */
class Files {
  private readonly disk: Disk["Service"]
  private readonly options: DeadLetterFiles
  private readonly gate = Semaphore.makeUnsafe(1)

  constructor(disk: Disk["Service"], options: DeadLetterFiles) {
    this.disk = disk
    this.options = options
  }

  /** One change at a time; what the disk says becomes the error of the service. */
  run<A>(pipeline: string, operation: string, effect: Effect.Effect<A, DiskError>): Effect.Effect<A, DeadLettersError> {
    const problem = directoryProblem(this.options.directory)
    if (problem !== undefined) {
      return Effect.fail(new DeadLettersError({ pipeline, operation, cause: new Error(`they ${problem}`), isRetryable: false }))
    }
    return Effect.mapError(this.gate.withPermit(effect), (cause) =>
      new DeadLettersError({
        pipeline,
        operation,
        cause,
        isRetryable: cause.reason === "Full" || cause.reason === "Failed"
      }))
  }

  folder(pipeline: string): string {
    return layoutOf(this.options.directory, pipeline).deadLetters
  }

  path(pipeline: string, group: string): string {
    return `${this.folder(pipeline)}/${group}${suffix}`
  }

  /** As a whole or not at all, also after a loss of power. */
  replace(pipeline: string, group: string, lines: Lines): Effect.Effect<void, DiskError> {
    const { disk } = this
    const folder = this.folder(pipeline)
    const path = this.path(pipeline, group)
    const unfinished = `${folder}/tmp-${group}`
    const network = this.options.allowNetworkFileSystem === true
    const content = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""))
    return disk.makeDirectory(folder, { network }).pipe(
      Effect.andThen(disk.remove(unfinished)),
      Effect.andThen(disk.create(unfinished, content)),
      Effect.andThen(disk.rename(unfinished, path)),
      Effect.andThen(disk.sync(folder))
    )
  }

  /** By batch. */
  groups(pipeline: string): Effect.Effect<ReadonlyArray<string>, DiskError> {
    return ifMissing(
      Effect.map(this.disk.list(this.folder(pipeline)), (names) =>
        names.filter((name) => name.endsWith(suffix) && parseId(`${name.slice(0, -suffix.length)}.0`) !== undefined)
          .map((name) => name.slice(0, -suffix.length))),
      []
    )
  }

  lines(pipeline: string, group: string): Effect.Effect<Lines, DiskError> {
    return ifMissing(
      Effect.map(this.disk.read(this.path(pipeline, group), maxFileBytes), (bytes) =>
        new TextDecoder().decode(bytes).split("\n").slice(0, -1)),
      []
    )
  }

  /** From the newest back, until there are enough. */
  list(pipeline: string, limit: number): Effect.Effect<ReadonlyArray<Summary>, DiskError> {
    return Effect.gen({ self: this }, function*() {
      const found: Array<Summary> = []
      for (const group of (yield* this.groups(pipeline)).toReversed()) {
        if (found.length >= limit) break
        const lines = yield* this.lines(pipeline, group)
        for (let index = lines.length - 1; index >= 0 && found.length < limit; index--) {
          const letter = letterOf(lines[index])
          if (letter === undefined) continue
          const { payload: _, ...rest } = letter
          found.push({ id: letterId(group, index), ...rest })
        }
      }
      return found.reverse()
    })
  }

  remove(pipeline: string, ids: ReadonlyArray<string>): Effect.Effect<number, DiskError> {
    return Effect.gen({ self: this }, function*() {
      let removed = 0
      for (const [group, indices] of byGroup(ids)) {
        const lines = yield* this.lines(pipeline, group)
        const left = lines.map((line, index) => indices.has(index) ? "" : line)
        const gone = lines.filter((line, index) => line !== "" && indices.has(index)).length
        if (gone > 0) yield* this.replace(pipeline, group, left.every((line) => line === "") ? [] : left)
        removed += gone
      }
      if (removed > 0) yield* this.prune(pipeline)
      return removed
    })
  }

  private prune(pipeline: string): Effect.Effect<void, DiskError> {
    return Effect.gen({ self: this }, function*() {
      const groups = yield* this.groups(pipeline)
      const newest = batchOfGroup(groups.at(-1) ?? "") ?? 0
      for (const group of groups) {
        if ((batchOfGroup(group) ?? 0) >= newest - rememberedBatches) return
        const lines = yield* this.lines(pipeline, group)
        if (lines.every((line) => line === "")) yield* this.disk.remove(this.path(pipeline, group))
      }
    })
  }
}

const ifMissing = <A>(effect: Effect.Effect<A, DiskError>, instead: A): Effect.Effect<A, DiskError> =>
  Effect.catchIf(effect, (error) => error.reason === "NotFound", () => Effect.succeed(instead))

/**
 * Keeps dead letters in `<directory>/<pipeline>/dlq`, one file of JSON lines for each batch that had some, written to
 * a name of its own, synced and then renamed.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFileSystem = (options: DeadLetterFiles): Layer.Layer<DeadLetters, never, Disk> =>
  Layer.effect(
    DeadLetters,
    Effect.map(Disk, (disk) => {
      const files = new Files(disk, options)
      return DeadLetters.of({
        write: (pipeline, batch, source, letters) => {
          const group = groupName(batch, source)
          return files.run(pipeline, "writing", Effect.flatMap(disk.exists(files.path(pipeline, group)), (exists) =>
            exists ? Effect.void : files.replace(pipeline, group, letters.map((letter) => JSON.stringify(letter)))))
        },
        has: (pipeline, batch, source) =>
          files.run(pipeline, "looking", disk.exists(files.path(pipeline, groupName(batch, source)))),
        list: (pipeline, options) => files.run(pipeline, "listing", files.list(pipeline, options?.limit ?? defaultLimit)),
        read: (pipeline, id) => {
          const place = parseId(id)
          return place === undefined
            ? Effect.succeedNone
            : files.run(pipeline, "reading", Effect.map(
              files.lines(pipeline, place.group),
              (lines) => Option.fromUndefinedOr(letterOf(lines[place.index]))
            ))
        },
        remove: (pipeline, ids) => files.run(pipeline, "removing", files.remove(pipeline, ids))
      })
    })
  )
