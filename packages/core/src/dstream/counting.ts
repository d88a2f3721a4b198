import * as Schema from "effect/Schema"
import type { MemoryPlan } from "../kernel/Memory.ts"
import { RunningTotal } from "../kernel/Pile.ts"
import { WindowReduce } from "../kernel/WindowReduce.ts"
import { codecOf } from "./jsonCodec.ts"

const json = { value: codecOf(Schema.Number), key: undefined }

/** Counts the records of each key in a window. */
export const counting = (plan: MemoryPlan): WindowReduce =>
  new WindowReduce(plan, {
    first: () => 1,
    merge: (count: number) => count + 1,
    pile: () => new RunningTotal((left: number, right: number) => left + right, (total: number, left: number) => total - left),
    coarse: true,
    filter: undefined,
    changedOnly: false,
    json
  })
