/** Windows are rolled back, written down and put together again from deltas as all memories are. */
import { describe } from "@effect/vitest"
import { DStream } from "@millrace/core"
import { Schema } from "effect"
import { keepsMemoryLaws } from "./memoryLaws.ts"
import { hostileKey, hostilePair, smallInt } from "./support.ts"

const lengths = {
  "a window of four batches": { windowDuration: 4000, slideDuration: 1000 },
  "a slide of two": { windowDuration: 6000, slideDuration: 2000 },
  "a slide longer than the window": { windowDuration: 2000, slideDuration: 3000 }
}
const json = Schema.Number

describe("memories of windows", () => {
  for (const [title, durations] of Object.entries(lengths)) {
    const options = { name: "w", ...durations }
    const law = { runs: 60, window: { slideMillis: durations.slideDuration, windowMillis: durations.windowDuration } }
    const add = (left: number, right: number) => left + right
    const keyed = { ...options, reduce: add, value: json }
    keepsMemoryLaws(`window, ${title}`, smallInt, DStream.window({ ...options, item: json }), law)
    keepsMemoryLaws(`countByWindow, ${title}`, smallInt, DStream.countByWindow(options), law)
    keepsMemoryLaws(`countByValueAndWindow, ${title}`, hostileKey, DStream.countByValueAndWindow(options), law)
    keepsMemoryLaws(`reduceByWindow, ${title}`, smallInt, DStream.reduceByWindow({ ...options, reduce: add, value: json }), law)
    keepsMemoryLaws(`groupByKeyAndWindow, ${title}`, hostilePair, DStream.groupByKeyAndWindow({ ...options, value: json }), law)
    keepsMemoryLaws(`reduceByKeyAndWindow, ${title}`, hostilePair, DStream.reduceByKeyAndWindow(keyed), law)
    const inverse = (total: number, left: number) => total - left
    keepsMemoryLaws(`reduceByKeyAndWindow with an inverse, ${title}`, hostilePair, (input) =>
      DStream.reduceByKeyAndWindow(input, { ...keyed, inverse }), law)
    keepsMemoryLaws(`reduceByKeyAndWindow as Spark does it, ${title}`, hostilePair, (input) =>
      DStream.reduceByKeyAndWindow(input, { ...keyed, inverse, semantics: "spark" }), law)
    keepsMemoryLaws(`reduceByKeyAndWindow of what changed, ${title}`, hostilePair, (input) =>
      DStream.reduceByKeyAndWindow(input, { ...keyed, emit: "changed" }), law)
  }
})
