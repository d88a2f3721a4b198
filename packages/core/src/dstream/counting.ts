import * as Schema from "effect/Schema"
import type { KeyBound } from "../kernel/KeyBound.ts"
import type { MemoryPlan } from "../kernel/Memory.ts"
import { RunningTotal } from "../kernel/Pile.ts"
import { WindowReduce } from "../kernel/WindowReduce.ts"
import { codecOf } from "./jsonCodec.ts"

const json = { value: codecOf(Schema.Number), key: undefined }

const plus = (left: number, right: number): number => left + right
const minus = (total: number, left: number): number => total - left

/** Counts the records of each key in a window. */
export const counting = (plan: MemoryPlan, bound: KeyBound): WindowReduce =>
  new WindowReduce(plan, {
    first: () => 1,
    merge: (count: number) => count + 1,
    pile: () => new RunningTotal(plus, minus),
    coarse: true,
    filter: undefined,
    changedOnly: false,
    json,
    bound
  })
