/**
 * Runs for three seconds a pipeline that gets 200-byte records as fast as its buffer takes them, and whose output takes
 * a fifth of a second for each batch. Arguments: bytes the buffer may hold, milliseconds between batches, most records
 * to give. Prints one line of JSON.
 */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import { Array as Arr, Effect, Stream } from "effect"

const [bufferBytes = 0, batchInterval = 0, most = 0] = process.argv.slice(2).map(Number)
const recordBytes = 200
const blockRecords = 100

/** Starts with its number; its bytes are its own. */
const record = (n: number): string => Buffer.alloc(recordBytes, String(n).padStart(12, "0")).toString("latin1")

let given = 0
let delivered = 0
let outOfOrder = 0

const pull = Effect.suspend(() => {
  if (given >= most) return Effect.never
  const payload = Array.from({ length: blockRecords }, () => record(given++))
  return Effect.succeed(Arr.of({ payload, records: blockRecords, bytes: blockRecords * recordBytes }))
})

const flood = Receiver.make<string, string>({
  name: "flood",
  initialRate: Infinity,
  open: () => Effect.succeed(Stream.fromPull(Effect.succeed(pull)))
})

const slow = DStream.foreachBatch(DStream.fromReceiver(flood), "slow", ({ items }) => {
  for (const item of items) if (Number(item.slice(0, 12)) !== delivered++) outOfOrder++
  return Effect.sleep("200 millis")
})

const used = (): number => {
  globalThis.gc?.()
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

const program = Effect.scoped(Effect.gen(function*() {
  const before = used()
  const running = yield* Pipeline.start(Pipeline.make("flood", {
    batchInterval,
    backpressure: false,
    buffer: { bytes: bufferBytes, records: 1_000_000_000 },
    outputs: [slow]
  }))
  let growth = 0
  let suspendedBlocks = 0
  for (let sample = 0; sample < 12; sample++) {
    yield* Effect.sleep("250 millis")
    growth = Math.max(growth, used() - before)
    suspendedBlocks = Math.max(suspendedBlocks, (yield* running.metrics).suspendedBlocks)
  }
  yield* running.stop
  const { completedBatches, processedRecords, waitingRecords } = yield* running.metrics
  // The block that was suspended at the stop stays with its source: it was not received.
  const left = given - delivered
  return { growth, suspendedBlocks, completedBatches, processedRecords, waitingRecords, delivered, outOfOrder, left }
}))

void Effect.runPromise(program).then((report) => process.stdout.write(`${JSON.stringify(report)}\n`))
