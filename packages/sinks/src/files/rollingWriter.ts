/** Batches appended to the open part, and parts finished, by the rules. */
import type { Batch, BatchSink } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { join } from "node:path"
import { gzip } from "node:zlib"
import type { Disk } from "./disk.ts"
import { FilesError } from "./FilesError.ts"
import type { Names } from "./names.ts"
import { isInside } from "./manifest.ts"
import type { PartLog } from "./partLog.ts"
import { type Place, placeOf, type Rules } from "./rolling.ts"
import { takeOver } from "./takeOver.ts"

/** Lines of a batch in pieces of a bounded size. */
export type PiecesOf<A> = (batch: Batch.Batch<A>, path: string) => Effect.Effect<ReadonlyArray<string>, FilesError>

/** A sink over the files of one output. */
export interface Rolling<A> {
  readonly disk: Disk
  readonly directory: string
  readonly rules: Rules
  readonly piecesOf: PiecesOf<A>
}

const packed = (bytes: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.callback((resume) => {
    gzip(bytes, (error, member) => resume(error === null ? Effect.succeed(member) : Effect.die(error)))
  })

class RollingWriter<A> implements BatchSink.Writer<A, FilesError> {
  private readonly self: Rolling<A>
  private readonly names: Names
  private readonly place: Place
  private readonly log: PartLog
  /** Whether both files are known to end as the manifest says. */
  private isSure = true

  constructor(self: Rolling<A>, names: Names, place: Place, log: PartLog) {
    this.self = self
    this.names = names
    this.place = place
    this.log = log
  }

  get lastCommitted() {
    return Effect.sync(() => this.log.state.batch === 0 ? Option.none() : Option.some(this.log.state.batch))
  }

  readonly lastTime = (until: number): Effect.Effect<Option.Option<number>, FilesError> =>
    Effect.sync(() => {
      const { batch, time } = this.log.state
      return batch === 0 || time > until ? Option.none() : Option.some(time)
    })

  readonly commit = (batch: Batch.Batch<A>): Effect.Effect<void, FilesError> =>
    Effect.suspend(() => {
      const name = this.nameAt(batch.time)
      if (!isInside(name)) {
        return Effect.fail(new FilesError({ path: this.place.directory, reason: { _tag: "InvalidName", name } }))
      }
      const pieces = this.self.piecesOf(batch, join(this.place.directory, name))
      return Effect.flatMap(pieces, (pieces) => Effect.uninterruptible(this.write(batch, name, pieces)))
    })

  private write({ id, time }: Batch.Batch<A>, name: string, lines: ReadonlyArray<string>) {
    const { log } = this
    return Effect.gen({ self: this }, function*() {
      if (!this.isSure) yield* log.repair()
      this.isSure = false
      yield* log.verify()
      if (id > log.state.batch) {
        const pieces = yield* this.bytesOf(lines)
        const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
        if (this.isDue(time, bytes)) yield* log.finish()
        const part = log.state.open ?? (bytes === 0 ? null : yield* log.begin(name, time))
        const open = part === null || bytes === 0 ? part : yield* log.append(part, pieces)
        yield* log.record({ ...log.state, batch: id, time, open })
        // Whoever takes the manifest after this has read that line.
        yield* log.verify()
      }
      this.isSure = true
    })
  }

  private nameAt(time: number): string {
    const { gzip } = this.self.rules
    return join(this.self.rules.folder(time), `${this.names.ofBatch(time)}${gzip ? ".gz" : ""}`)
  }

  /** Whether the open part ends before a batch. */
  private isDue(time: number, bytes: number): boolean {
    const { open } = this.log.state
    if (open === null) return false
    const { folder, maxAgeMillis, maxBytes } = this.self.rules
    return time - open.since >= maxAgeMillis || open.bytes + bytes > maxBytes || folder(time) !== folder(open.since)
  }

  private bytesOf(lines: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Uint8Array>> {
    const pieces = lines.map((piece) => Buffer.from(piece))
    return this.self.rules.gzip && pieces.length > 0
      ? Effect.map(packed(Buffer.concat(pieces)), (member) => [member])
      : Effect.succeed(pieces)
  }

  /** A run that ends leaves no open part. Where that fails the next start goes on with it. */
  end(): Effect.Effect<void> {
    const finish = Effect.suspend(() => this.isSure ? Effect.andThen(this.log.verify(), this.log.finish()) : Effect.void)
    return Effect.ensuring(Effect.ignore(finish), this.log.close())
  }
}

/** A writer that ends with the scope. */
export const openRolling = Effect.fnUntraced(function*<A>(
  self: Rolling<A>,
  names: Names,
  prefix: string,
  identity: BatchSink.Identity
) {
  const place = placeOf(self.directory, prefix)
  return yield* Effect.acquireRelease(
    Effect.map(takeOver(self.disk, place, identity), (log) => new RollingWriter(self, names, place, log)),
    (writer) => writer.end()
  )
})
