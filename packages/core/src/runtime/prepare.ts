/** A processed batch as it goes into the journal: what it took, what it changed, what it emitted. */
import * as Schema from "effect/Schema"
import { Digest } from "../batch/digest.ts"
import { codecOf } from "../dstream/jsonCodec.ts"
import type { Outbox } from "../plan/outbox.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Journal } from "../store/CheckpointStore.ts"
import type { InputRange, JournalRecord, OutputDigest, Prepared } from "../store/JournalRecord.ts"
import type { Recovery } from "../store/decideRecovery.ts"
import type { Cut, RangeEnd } from "./cut.ts"
import type { DataLog } from "./DataLog.ts"
import type { Delta, Memory } from "../kernel/Memory.ts"
import type { Intake } from "./Intake.ts"
import type { Memories } from "./memories.ts"
import type { Segments, Slots } from "./Turn.ts"

/** What a batch emitted cannot be written down, and could not be computed again. */
export class UnwritableOutput extends Error {
  override readonly name = "UnwritableOutput"
  readonly output: string

  constructor(output: string) {
    super(
      `output ${JSON.stringify(output)} emits what JSON does not give back as it was (a Map, a Date, a class instance, NaN …), ` +
        "and the input of its batches cannot be read again, so that they have to be kept in the journal. " +
        "Emit plain values, or use receivers that can be read again"
    )
    this.output = output
  }
}

/** What an operator remembers does not fit its schema. What was said of that is not kept: it may quote the state. */
export class UnwritableState extends Error {
  override readonly name = "UnwritableState"
  readonly operator: string

  constructor(operator: string, cause: unknown) {
    const what = Schema.isSchemaError(cause)
      ? "does not fit its schema: no state of a key can be kept that Schema.encodeSync refuses"
      : cause instanceof RangeError
      ? "is too deep, or too large, to be written as JSON. Keep less in the state of a key"
      : "is refused by its schema, which threw"
    super(`what operator ${JSON.stringify(operator)} remembers ${what}`)
    this.operator = operator
  }
}

/** Where each receiver stands after the last batch that was prepared. */
export class Positions {
  private readonly json: Array<unknown>
  private readonly skips: Array<number>
  private readonly encode: ReadonlyArray<(position: unknown) => unknown>
  private readonly intakes: ReadonlyArray<Intake>

  constructor(intakes: ReadonlyArray<Intake>, recovery: Recovery) {
    this.intakes = intakes
    this.encode = intakes.map(({ receiver }) =>
      receiver.position === undefined ? (position) => position : codecOf(receiver.position).encode
    )
    this.json = intakes.map(({ receiver }) => recovery.positions.get(receiver.name))
    this.skips = intakes.map(({ receiver }) => recovery.skips.get(receiver.name) ?? 0)
  }

  /** Takes a batch's ranges, and gives them. */
  take(cut: Cut, log: DataLog): Prepared["inputs"] {
    return this.intakes.map(({ receiver }, lane) => {
      const end = cut.ends[lane]
      const input = cut.info.inputs[lane]
      const range = { receiver: receiver.name, records: input?.records ?? 0, bytes: input?.bytes ?? 0 }
      if (end === undefined) return range
      const isMoved = end.sequence !== undefined || end.resumeAfter !== undefined
      if (isMoved || end.skip !== undefined) this.skips[lane] = end.skip ?? 0
      return end.skip === undefined ? this.rangeOf(lane, end, range, log) : { ...this.rangeOf(lane, end, range, log), skip: end.skip }
    })
  }

  /** Whether a receiver stands in the middle of a block, which a snapshot does not know. */
  isSkipping(): boolean {
    return this.skips.some((skip) => skip > 0)
  }

  private rangeOf(lane: number, end: RangeEnd, range: InputRange, log: DataLog): InputRange {
    const receiver = this.intakes[lane]?.receiver
    if (end.sequence !== undefined) {
      const dataAfter = log.consumed(lane)
      log.took(lane, end.sequence)
      return { ...range, dataAfter, dataUntil: end.sequence }
    }
    if (end.resumeAfter === undefined || receiver?.position === undefined) return range
    const after = this.json[lane]
    const until = this.encode[lane]?.(end.resumeAfter)
    this.json[lane] = until
    return after === undefined ? { ...range, until } : { ...range, after, until }
  }

  snapshot(): Record<string, unknown> {
    return Object.fromEntries(
      this.intakes.flatMap(({ receiver }, lane) => this.json[lane] === undefined ? [] : [[receiver.name, this.json[lane]]])
    )
  }
}

/** The records of a batch, the commit point last. The memories still hold it open. */
export const prepare = (
  plan: Plan,
  outbox: Outbox,
  cut: Cut,
  slots: Slots,
  memories: Memories,
  inputs: Prepared["inputs"]
): ReadonlyArray<JournalRecord> => {
  const records: Array<JournalRecord> = []
  const batch = cut.info.id
  for (const stage of plan.stages) {
    if (stage._tag !== "Fused" || stage.memory === undefined) continue
    const memory = memories.get(stage.slot)
    if (memory === undefined) continue
    const delta = deltaOf(stage.memory.operator, memory)
    if (isEmpty(delta)) continue
    records.push({ _tag: "Changed", batch, operator: stage.memory.operator, delta })
  }
  const changed = records.length
  const outputs: Array<OutputDigest> = []
  for (const { input, name } of plan.outputs) {
    const segments = slots[input]
    if (segments === undefined) continue
    const { digest, isJson, records: count } = digestOf(segments)
    outputs.push({ output: name, records: count, digest })
    if (!outbox.isOn && cut.isPartial !== true) continue
    if (isJson) records.push({ _tag: "Emitted", batch, output: name, items: segments.flat() })
    else if (outbox.isNeeded || cut.isPartial === true) throw new UnwritableOutput(name)
  }
  records.push({
    _tag: "Prepared",
    batch,
    time: cut.info.time,
    missedBoundaries: cut.info.missedBoundaries,
    inputs,
    changed,
    emitted: records.length - changed,
    outputs
  })
  return records
}

/** Adds the records to the journal; throws what says whose record it is that cannot be written. */
export const appended = (journal: Pick<Journal, "append">, records: ReadonlyArray<JournalRecord>): number => {
  try {
    return journal.append(records)
  } catch (cause) {
    for (const record of records) {
      if (isWritable(record)) continue
      if (record._tag === "Changed") throw new UnwritableState(record.operator, cause)
      if (record._tag === "Emitted") throw new UnwritableOutput(record.output)
    }
    throw cause
  }
}

const isWritable = (record: JournalRecord): boolean => {
  try {
    JSON.stringify(record)
    return true
  } catch {
    return false
  }
}

export const deltaOf = (operator: string, memory: Memory): Delta => {
  try {
    return memory.delta()
  } catch (cause) {
    throw new UnwritableState(operator, cause)
  }
}

export const isEmpty = ({ names, removed, rest }: Delta): boolean =>
  names.length === 0 && removed.length === 0 && rest === undefined

/** The same for the same items, however they are cut into segments. */
export const digestOf = (segments: Segments) => {
  const digest = new Digest()
  let records = 0
  for (const segment of segments) {
    digest.add(segment)
    records += segment.length
  }
  return { digest: digest.toString(), isJson: digest.isJson, records }
}
