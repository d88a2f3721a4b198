/** How long an hour of one-second batches takes on the virtual clock of the tests. */
import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import * as Effect from "effect/Effect"
import { informational, type Suite } from "../harness/Figure.ts"
import { quiet } from "../harness/feed.ts"

const batches = 3600
const input = Array.from({ length: batches }, (_, index) => [index, index + 1])

const hour = async (): Promise<number> => {
  const startedAt = performance.now()
  const output = await Effect.runPromise(quiet(TestPipeline.run(
    input,
    (numbers) => numbers.pipe(DStream.map((n) => [n % 2, n]), DStream.reduceByKey((left, right) => left + right))
  )))
  if (output.length !== batches) throw new Error(`Of ${batches} batches ${output.length} came out`)
  return (performance.now() - startedAt) / 1000
}

export const virtualTime: Suite = {
  names: ["virtual.hour.seconds"],
  run: async () => {
    await hour()
    const seconds = await hour()
    return [informational("virtual.hour.seconds", seconds, "s", `${Math.round(seconds * 1e6 / batches)} µs/batch`)]
  }
}
