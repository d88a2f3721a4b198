/** Looks over the shoulder of every run: what it made durable, what it was allowed to do, what it did. */
import { CheckpointStore } from "@millrace/core"
import { Effect } from "effect"
import type { SimProcess } from "../../src/testing/simulation/SimProcess.ts"
import type { Arrival } from "../../src/testing/simulation/SimSink.ts"
import type { Composed, Row } from "./reference.ts"
import type { Event, Scenario, SourceShape } from "./scenario.ts"

import { View, Violation } from "./View.ts"
import { Written } from "./Written.ts"

type Store = CheckpointStore.CheckpointStore["Service"]

const violated = (invariant: string, what: string): never => {
  throw new Violation(invariant, what)
}

interface Fixed extends Composed {
  readonly inputs: string
  readonly rows: Map<string, string>
}

export class Watch {
  /** Batches that an output has seen: from then on they are what they are. */
  readonly fixed = new Map<number, Fixed>()
  /** What batches took as far as they were prepared, by the newest owner's account. */
  private readonly composedOf = new Map<number, Composed>()
  readonly written = new Written()
  /** Bits of the disk were turned over. */
  isDamaged = false
  /** After that, what looks unfinished was dropped: what an output has already may come again as another. */
  isHealed = false
  /** Events that a source was told are safe. */
  readonly acknowledged = new Set<number>()
  readonly views = new Map<SimProcess, View>()
  readonly epochs = new Map<number, View>()
  /** The newest epoch that anybody has claimed. */
  claimed = 0
  /** Set by the first violation: what throws inside a run may be caught there. */
  violation: Violation | undefined = undefined
  /** The newest epoch that every sink was opened by: where it can shut out older ones, it has. */
  fenced: () => number = () => Infinity
  private readonly scenario: Scenario
  private readonly events: ReadonlyArray<ReadonlyArray<Event>>
  private readonly shapes: ReadonlyMap<string, SourceShape>

  constructor(scenario: Scenario, events: ReadonlyArray<ReadonlyArray<Event>>) {
    this.scenario = scenario
    this.events = events
    this.shapes = new Map(scenario.sources.map((shape) => [shape.name, shape]))
  }

  /** Runs a check; a violation is kept, and the first one counts. */
  private see(check: () => void): void {
    if (this.violation !== undefined) return
    try {
      check()
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.violation = error
    }
  }

  /** The store as one process uses it. */
  over(process: SimProcess, store: Store): Store {
    return CheckpointStore.CheckpointStore.of({
      ...store,
      claim: (pipeline, options) =>
        Effect.map(store.claim(pipeline, options), (claim): CheckpointStore.Claim => {
          const view = new View(claim.epoch)
          this.see(() => {
            if (this.epochs.has(claim.epoch)) violated("I7", `epoch ${claim.epoch} was claimed twice`)
          })
          this.claimed = Math.max(this.claimed, claim.epoch)
          this.views.set(process, view)
          this.epochs.set(claim.epoch, view)
          return {
            epoch: claim.epoch,
            read: Effect.tap(claim.read, (history) => Effect.sync(() => this.see(() => this.read(view, history)))),
            seal: (manifest) => Effect.map(claim.seal(manifest), (journal) => this.journal(view, journal))
          }
        })
    })
  }

  private journal(view: View, journal: CheckpointStore.Journal): CheckpointStore.Journal {
    return {
      ...journal,
      append: (records) => {
        const last = journal.append(records)
        records.forEach((record, index) =>
          this.see(() => this.append(view, last - records.length + 1 + index, record)))
        view.appended = last
        return last
      },
      sync: Effect.suspend(() => {
        const upTo = view.appended
        return Effect.tap(journal.sync, () =>
          Effect.sync(() => {
            view.durable = Math.max(view.durable, upTo)
          }))
      }),
      verify: Effect.suspend(() => {
        const { durable } = view
        const { claimed } = this
        return Effect.tap(journal.verify, () =>
          Effect.sync(() => {
            view.verified = Math.max(view.verified, durable)
            this.see(() => {
              if (claimed > view.epoch) violated("I8", `epoch ${view.epoch} was let through after ${claimed} was claimed`)
            })
          }))
      }),
      snapshot: (snapshot, keepFrom) =>
        Effect.suspend(() => {
          this.see(() => {
            if (!this.fixed.has(snapshot.batch) && this.hasOutput(snapshot.batch, view)) {
              violated("I6", `a snapshot of batch ${snapshot.batch}, which no output has`)
            }
            this.written.addSnapshot(snapshot)
          })
          return journal.snapshot(snapshot, keepFrom)
        })
    }
  }

  private hasOutput(batch: number, view: View): boolean {
    return view.prepared.get(batch)?.record.outputs.some(({ output }) => output !== "dead-letters") === true
  }

  private append(view: View, lsn: number, record: CheckpointStore.JournalRecord): void {
    this.written.add(lsn, record)
    if (record._tag === "Prepared") {
      const known = view.prepared.get(record.batch)
      if (known === undefined && record.batch !== view.last + 1) {
        violated("I10", `batch ${record.batch} was prepared after ${view.last}`)
      }
      if (known === undefined && record.time <= view.lastTime) {
        violated("I10", `batch ${record.batch} at ${record.time} comes after one at ${view.lastTime}`)
      }
    }
    view.add(lsn, record)
    if (record._tag === "Prepared" && view.epoch === this.claimed) this.keepComposed(view, record)
  }

  /** What a new owner found: nothing that anybody outside has seen may be missing. */
  private read(view: View, history: CheckpointStore.History): void {
    const { records, snapshot, warnings } = history
    const other = this.written.other(history)
    if (other !== undefined) violated("I12", `${other} was read, and never written`)
    if (this.isDamaged && warnings.some((warning) => warning.startsWith("Dropped"))) {
      this.isHealed = true
      return
    }
    if (this.fenced() < view.epoch) violated("I8", `epoch ${view.epoch} read before the sinks shut out older ones`)
    view.snapshot = snapshot
    view.last = snapshot?.batch ?? 0
    view.lastTime = snapshot?.time ?? 0
    let before = 0
    for (const { lsn, record } of records) {
      if (lsn <= before) violated("I7", `record ${lsn} was read after ${before}`)
      before = lsn
      if (record._tag === "Prepared" && record.batch <= (snapshot?.batch ?? 0)) continue
      view.add(lsn, record)
    }
    view.appended = view.durable = before
    // Who was shut out meanwhile may read what it likes: it can do nothing with it.
    if (view.epoch !== this.claimed) return
    for (const batch of this.composedOf.keys()) if (batch > view.last) this.composedOf.delete(batch)
    for (const { record } of view.prepared.values()) this.keepComposed(view, record)
    for (const batch of this.fixed.values()) {
      if (batch.id <= (snapshot?.batch ?? 0)) continue
      const found = view.prepared.get(batch.id)?.record
      if (found === undefined) return violated("I2", `batch ${batch.id}, which an output has, was not read again`)
      if (JSON.stringify(found.inputs) !== batch.inputs) violated("I5", `batch ${batch.id} was read with other input`)
    }
    for (const [name, shape] of this.shapes) {
      if (shape.delivery !== "Acknowledged" || !shape.isJournaled) continue
      const consumed = snapshot?.consumed[name] ?? 0
      const known = new Set(snapshot?.identities[name] ?? [])
      for (const { record } of view.data.get(name)?.values() ?? []) for (const id of record.identities ?? []) known.add(id)
      for (const id of this.acknowledged) {
        if (!this.eventsOf(name).some((event) => event.id === id)) continue
        if (!known.has(id)) violated("I2", `event ${id} of ${name}, which was acknowledged, was not read again (${consumed} consumed)`)
      }
    }
  }

  private eventsOf(receiver: string): ReadonlyArray<Event> {
    return this.events[this.scenario.sources.findIndex(({ name }) => name === receiver)] ?? []
  }

  /** A source gave something to a process. */
  given(process: SimProcess, { delivery, isJournaled }: SourceShape, events: ReadonlyArray<Event>): void {
    const view = this.views.get(process)
    const isCounted = delivery === "Replayable" || isJournaled
    if (view === undefined || view.epoch !== this.claimed || !isCounted) return
    for (const { id } of events) if (!view.taken.has(id)) view.waiting.add(id)
    // The buffer, which one block may exceed; the batch that is being processed, as large; a block in each hand.
    const blockRecords = 3
    const bound = 2 * (this.scenario.bufferRecords + blockRecords) + blockRecords * this.scenario.sources.length
    this.see(() => {
      if (view.waiting.size > bound) violated("I15", `${view.waiting.size} records wait, ${bound} may`)
    })
  }

  /** A source was told that it need not give something again. */
  acknowledge(process: SimProcess, { isJournaled, name }: SourceShape, events: ReadonlyArray<Event>): void {
    this.see(() => {
      const view = this.views.get(process)
      if (view === undefined) return violated("I9", "an acknowledgement came without an owner")
      for (const { id } of events) {
        if (isJournaled && !this.isSafe(view, name, id)) {
          violated("I9", `event ${id} was acknowledged by epoch ${view.epoch} before it was durable`)
        }
        this.acknowledged.add(id)
      }
    })
  }

  private isSafe(view: View, receiver: string, id: number): boolean {
    if ((view.snapshot?.identities[receiver] ?? []).includes(id)) return view.verified >= 0
    for (const { lsn, record } of view.data.get(receiver)?.values() ?? []) {
      if (record.identities?.includes(id) === true && lsn <= view.verified) return true
    }
    return false
  }

  /** Something came to a sink: was it durable by then, and is it what was prepared? */
  arrive(output: string, { batch, identity }: Arrival<Row>): void {
    this.see(() => {
      const view = this.epochs.get(identity.epoch)
      if (view === undefined) return violated("I8", `epoch ${identity.epoch} writes and was never claimed`)
      const entry = view.prepared.get(batch.id)
      const fixed = this.fixed.get(batch.id)
      if (entry === undefined) return violated("I5", `batch ${batch.id} came to ${output} and was not prepared`)
      if (view.verified < 0) violated("I8", `batch ${batch.id} came to ${output} by an epoch that was never checked`)
      if (entry.lsn > view.verified) violated("I5", `batch ${batch.id} came to ${output} before it was durable and checked`)
      const inputs = JSON.stringify(entry.record.inputs)
      if (fixed !== undefined && fixed.inputs !== inputs) violated("I5", `batch ${batch.id} came with other input than before`)
      const known = fixed ?? {
        id: batch.id,
        time: entry.record.time,
        inputs,
        events: this.composed(view, entry.record),
        rows: new Map<string, string>()
      }
      this.fixed.set(batch.id, known)
      const rows = JSON.stringify(batch.items)
      if (batch.time !== known.time) violated("I5", `batch ${batch.id} came with time ${batch.time}, not ${known.time}`)
      if ((known.rows.get(output) ?? rows) !== rows) violated("I5", `batch ${batch.id} came to ${output} with other rows than before`)
      known.rows.set(output, rows)
    })
  }

  /** The events of a batch, in the order in which it took them. */
  private composed(view: View, { batch, inputs }: CheckpointStore.Prepared): ReadonlyArray<Event> {
    return inputs.flatMap(({ receiver }) => {
      const [before, after] = [view.mark(batch - 1, receiver), view.mark(batch, receiver)]
      const shape = this.shapes.get(receiver)
      if (shape?.delivery === "Replayable") {
        return this.eventsOf(receiver).slice(before.base + before.skip, after.base + after.skip)
      }
      const blocks = [...view.data.get(receiver)?.entries() ?? []].filter(([sequence]) => sequence > before.base)
      const given = blocks.flatMap(([, { record }]) => record.chunks as ReadonlyArray<Event>)
      const whole = blocks.flatMap(([sequence, { record }]) => sequence <= after.base ? record.chunks : []).length
      return given.slice(before.skip, whole + after.skip)
    })
  }

  /** A batch that no output was told of took what it took all the same. */
  compositions(): ReadonlyArray<Composed> {
    const all = new Map<number, Composed>(this.composedOf)
    for (const batch of this.fixed.values()) all.set(batch.id, batch)
    return [...all.values()].sort((left, right) => left.id - right.id)
  }

  private keepComposed(view: View, record: CheckpointStore.Prepared): void {
    const events = this.composed(view, record)
    this.composedOf.set(record.batch, { id: record.batch, time: record.time, events })
    for (const { id } of events) {
      view.taken.add(id)
      view.waiting.delete(id)
    }
  }
}
