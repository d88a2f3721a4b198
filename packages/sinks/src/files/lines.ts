/** The sink behind `text` and `jsonLines`. */
import { type Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { type Disk, nodeDisk } from "./disk.ts"
import { FilesError } from "./FilesError.ts"
import { type FilesOptions, makeNames } from "./names.ts"
import { type RollingOptions, rulesOf } from "./rolling.ts"
import { openRolling } from "./rollingWriter.ts"
import { lastTime, openDirectory, writeFile } from "./write.ts"

/** How many characters go into one write. */
const partLength = 1 << 20

/** A sink that writes one line for each item, as `toLine` makes it. */
export const lines = <A>(options: FilesOptions, toLine: (item: A) => string): BatchSink.BatchSink<A, FilesError> =>
  options.rolling === undefined ? perBatch(options, toLine) : rollingLines(nodeDisk, options, options.rolling, toLine)

/** Parts of many batches, each batch in one of them; on any disk. */
export const rollingLines = <A>(
  disk: Disk,
  options: FilesOptions,
  rolling: RollingOptions,
  toLine: (item: A) => string
): BatchSink.BatchSink<A, FilesError> =>
  BatchSink.fromOpen({
    commitClass: "Transactional",
    open: Effect.fnUntraced(function*(identity) {
      const { directory } = options
      const prefix = options.prefix ?? identity.output
      const names = yield* makeNames(options, prefix, identity.epoch)
      const rules = yield* rulesOf(directory, rolling)
      const piecesOf = (batch: Batch.Batch<A>, path: string) => partsOf(batch, toLine, path)
      return yield* openRolling({ disk, directory, rules, piecesOf }, names, prefix, identity)
    })
  })

/** A file of its own for each batch. */
const perBatch = <A>(options: FilesOptions, toLine: (item: A) => string): BatchSink.BatchSink<A, FilesError> =>
  BatchSink.fromOpen({
    commitClass: "IdempotentByBatch",
    open: Effect.fnUntraced(function*(identity) {
      const { directory } = options
      const names = yield* makeNames(options, options.prefix ?? identity.output, identity.epoch)
      yield* openDirectory(directory, names)
      const commit = Effect.fnUntraced(function*(batch: Batch.Batch<A>) {
        if (batch.items.length === 0 && options.skipEmpty === true) return
        const name = names.ofBatch(batch.time)
        const parts = yield* partsOf(batch, toLine, join(directory, name))
        yield* writeFile(directory, { name, temporary: names.ofTemporary(batch.time) }, parts)
      })
      // A record of the newest batch would cost as much as the batch, and writing that batch again changes nothing.
      return { lastCommitted: Effect.succeedNone, lastTime: (until: number) => lastTime(directory, names, until), commit }
    })
  })

/** The content of a batch's file, cut so that no part is much longer than `partLength`, unless one line is. */
const partsOf = <A>({ id, items }: Batch.Batch<A>, toLine: (item: A) => string, path: string) =>
  Effect.suspend(() => {
    let item = 0
    return Effect.try({
      try: () => {
        const parts: Array<string> = []
        let part = ""
        for (; item < items.length; item++) {
          part += `${toLine(items[item]!)}\n`
          if (part.length >= partLength) {
            parts.push(part)
            part = ""
          }
        }
        return part === "" ? parts : [...parts, part]
      },
      catch: (cause) => new FilesError({ path, cause, reason: { _tag: "Unencodable", batchId: id, item } })
    })
  })
