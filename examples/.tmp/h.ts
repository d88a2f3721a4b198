import { DStream } from "@millrace/core"
import { TestPipeline } from "@millrace/core/testing"
import { Effect } from "effect"
for (let i = 0; i < 3; i++) {
const t = performance.now()
const hour = Array.from({ length: 3600 }, (_, second) => [second, second])
const output = await Effect.runPromise(
  TestPipeline.run(hour, (input) => DStream.countByValue(input), { batchInterval: "1 second" })
)
console.log(output.length, performance.now() - t)
}
