import * as Option from "effect/Option"
import { outerJoin } from "../kernel/joinPairs.ts"
import type { AnyFunction } from "../kernel/Step.ts"
import { type AnyDStream, fromNode } from "./Node.ts"

/** How joins show a side that may be missing. */
export const optional = { none: Option.none(), some: Option.some }

/** A stream of what `f` makes of the pairs that two streams have at the same time. */
export const joined = (op: string, f: AnyFunction) => (self: AnyDStream, that: AnyDStream): AnyDStream =>
  fromNode({ _tag: "Batch", op, parents: [self.node, that.node], f: unnamed(f), keys: "joined" })

/** `joined` that keeps the keys of one side or both. */
export const outer = (op: string, keeps: { readonly left: boolean; readonly right: boolean }) =>
  joined(op, outerJoin(keeps, optional))

/** Plans show the name of a stage's function, and the engine's own would tell nobody anything. */
export const unnamed = (f: AnyFunction): AnyFunction =>
  Object.defineProperty((...args: Parameters<AnyFunction>) => f(...args), "name", { value: "" })
