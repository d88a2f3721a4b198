/** A plan as text that a person can read. */
import { mermaid } from "./mermaid.ts"
import type { Plan, PlanOutput, Stage } from "./Plan.ts"
import { defaultInitialRate, type Settings } from "./Settings.ts"

/**
 * How a plan is shown.
 *
 * @category options
 * @since 0.1.0
 */
export type Format = "text" | "mermaid"

export const explain = (plan: Plan, format: Format = "text"): string =>
  format === "mermaid" ? mermaid(plan) : text(plan)

const text = (plan: Plan): string =>
  [
    `pipeline ${JSON.stringify(plan.pipeline)}`,
    "",
    "settings",
    ...table(settings(plan.settings)),
    "",
    "stages",
    ...table(plan.stages.map((stage) => [`#${stage.slot}`, stageText(stage)])),
    "",
    "outputs",
    ...table(plan.outputs.map((output) => [JSON.stringify(output.name), outputText(output)])),
    ""
  ].join("\n")

type Row = readonly [name: string, value: string]

const table = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const width = rows.reduce((most, [name]) => Math.max(most, name.length), 0)
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}

const settings = (s: Settings): ReadonlyArray<Row> => [
  ["batchInterval", `${s.batchIntervalMillis} ms`],
  ["buffer.records", limit(s.bufferRecords, "records")],
  [
    "buffer.bytes",
    s.bufferBytes === undefined
      ? "256 MiB or a quarter of the heap limit, whichever is less"
      : limit(s.bufferBytes, "bytes")
  ],
  [
    "initialRate",
    s.initialRate === undefined
      ? `${defaultInitialRate} records per second and receiver, no limit for what is in memory`
      : limit(s.initialRate, "records per second and receiver")
  ],
  ["maxRate", limit(s.maxRate, "records per second and receiver")],
  ["backpressure", s.backpressure ? "on" : "off"],
  [
    "restart",
    s.restart === undefined
      ? "after 100 ms doubling to 5 s, jittered, 10 tries without a healthy minute"
      : "own schedule"
  ],
  ["retry", s.retry === undefined ? "after 100 ms doubling to 10 s, 5 tries" : "own schedule"],
  ["outputConcurrency", limit(s.outputConcurrency, "at a time")],
  ["drainTimeout", limit(s.drainTimeoutMillis, "ms")],
  ["remember", s.rememberMillis === 0 ? "nothing" : `batches of the last ${s.rememberMillis} ms`],
  ["freezeBatches", s.freezeBatches ? "on" : "off"],
  ["batchDeadline", s.batchDeadlineMillis === undefined ? "none" : `${s.batchDeadlineMillis} ms`],
  ["backend", backend(s.backend)],
  ["commitDepth", limit(s.commitDepth, "batches")],
  ["commitTimeout", limit(s.commitTimeoutMillis, "ms")],
  ["outbox", s.outbox],
  ["snapshotAfterBytes", limit(s.snapshotAfterBytes, "bytes of journal")],
  ["takeover", s.takeover ? "on" : "off"],
  ["guarantee", s.guarantee ?? "whatever the parts promise"]
]

const limit = (value: number, unit: string): string => value === Infinity ? "no limit" : `${value} ${unit}`

const backend = (asked: Settings["backend"]): string => {
  switch (asked) {
    case "generated":
    case undefined:
      return "generated code, or closures where code may not be generated"
    case "closures":
      return "closures"
  }
}

const stageText = (stage: Stage): string => {
  switch (stage._tag) {
    case "Receive":
      return `receive ${JSON.stringify(stage.name)} (${receiverOptions(stage).join(", ")})`
    case "Fused":
      return `${stage.name} from ${slots(stage.inputs)}${memory(stage)}`
    case "Recall":
      return `${stage.name} of ${slots([stage.of])}`
    case "Union":
      return `${stage.name} from ${slots(stage.inputs)}`
    case "Batch":
      return `${stage.name} from ${slots(stage.inputs)}${partitions(stage.partitions)}`
    case "Effect":
      return [
        `${stage.name} from ${slots([stage.input])}`,
        ...(stage.perItem ? [limit(stage.concurrency, "at a time")] : [])
      ].join(", ")
  }
}

const partitions = (count: number | "each" | undefined): string =>
  count === undefined ? "" : count === "each" ? ", for each partition" : `, into ${count} partitions`

const memory = ({ memory }: Extract<Stage, { readonly _tag: "Fused" }>): string => {
  if (memory === undefined) return ""
  const { parentSlideMillis, slideMillis, windowMillis } = memory.plan
  const window = windowMillis === parentSlideMillis && slideMillis === parentSlideMillis
    ? ""
    : `, a window of ${windowMillis} ms every ${slideMillis} ms`
  return `, remembered as ${JSON.stringify(memory.operator)}${window}`
}

const receiverOptions = ({ receiver }: Extract<Stage, { readonly _tag: "Receive" }>): ReadonlyArray<string> => [
  receiver.delivery,
  ...(receiver.initialRate === undefined ? [] : [`initialRate ${receiver.initialRate}`]),
  ...(receiver.maxRate === undefined ? [] : [`maxRate ${receiver.maxRate}`]),
  ...(receiver.restart === undefined ? [] : ["own restart schedule"])
]

const outputText = ({ input, sink }: PlanOutput): string => `from ${slots([input])} (${sink.commitClass})`

const slots = (inputs: ReadonlyArray<number>): string => inputs.map((slot) => `#${slot}`).join(", ")
