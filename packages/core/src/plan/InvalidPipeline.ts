/**
 * Why a pipeline was refused.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { Guarantee, Weakness } from "./guarantee.ts"

/**
 * One thing that is wrong with a pipeline, and where. `output` is the first output that the operator works for.
 *
 * @category models
 * @since 0.1.0
 */
export type Problem =
  | { readonly _tag: "NoOutputs" }
  | {
    readonly _tag: "BadName"
    readonly of: "pipeline" | "output" | "receiver" | "operator"
    readonly name: string
    readonly problem: string
  }
  | { readonly _tag: "DuplicateName"; readonly of: "output" | "receiver" | "operator"; readonly name: string }
  /** `receiver` is set where a receiver's own option is wrong. */
  | {
    readonly _tag: "BadSetting"
    readonly setting: string
    readonly receiver: string | undefined
    readonly problem: string
  }
  | { readonly _tag: "EmptySeparator"; readonly output: string }
  | { readonly _tag: "EmptyUnion"; readonly output: string }
  | { readonly _tag: "BadConcurrency"; readonly operator: string; readonly output: string; readonly problem: string }
  | {
    readonly _tag: "BadWindow"
    readonly operator: string
    readonly output: string
    readonly option: "windowDuration" | "slideDuration"
    readonly problem: string
  }
  /** Another option of an operator that remembers. */
  | {
    readonly _tag: "BadOption"
    readonly operator: string
    readonly output: string
    readonly option: string
    readonly problem: string
  }
  /** Streams that speak at different times cannot be put together. Slides in milliseconds. */
  | {
    readonly _tag: "DifferentSlides"
    readonly operator: string
    readonly output: string
    readonly slides: ReadonlyArray<number>
  }
  | { readonly _tag: "ConflictingEncodings"; readonly operator: string; readonly output: string }
  /** The pipeline asks for a guarantee that its parts, as they are provided, do not give. */
  | {
    readonly _tag: "GuaranteeTooWeak"
    readonly wanted: Guarantee
    readonly promised: Guarantee
    readonly because: ReadonlyArray<Weakness>
  }

/**
 * A pipeline cannot be compiled. Lists everything that is wrong, one line each.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidPipeline extends Data.TaggedError("InvalidPipeline")<{
  readonly pipeline: string
  readonly problems: ReadonlyArray<Problem>
}> {
  override get message(): string {
    const lines = this.problems.map((problem) => `- ${describe(problem)}`)
    return [`Pipeline ${quote(this.pipeline)} cannot be compiled:`, ...lines].join("\n")
  }
}

const describe = (problem: Problem): string => {
  switch (problem._tag) {
    case "NoOutputs":
      return "it has no outputs"
    case "BadName":
      return `the ${problem.of} name ${quote(problem.name)} ${problem.problem}`
    case "DuplicateName":
      switch (problem.of) {
        case "output":
          return `more than one output is named ${quote(problem.name)}`
        case "receiver":
          return `different receivers are named ${quote(problem.name)}`
        case "operator":
          return `more than one operator that remembers is named ${quote(problem.name)}`
      }
    case "BadSetting": {
      const owner = problem.receiver === undefined ? "" : ` of receiver ${quote(problem.receiver)}`
      return `${problem.setting}${owner}: ${problem.problem}`
    }
    case "EmptySeparator":
      return `split for output ${quote(problem.output)}: the separator is empty`
    case "EmptyUnion":
      return `unionAll for output ${quote(problem.output)}: there are no streams to unite`
    case "BadConcurrency":
      return `concurrency of ${problem.operator} for output ${quote(problem.output)}: ${problem.problem}`
    case "BadWindow":
    case "BadOption":
      return `${problem.option} of ${problem.operator} for output ${quote(problem.output)}: ${problem.problem}`
    case "DifferentSlides":
      return `${problem.operator} for output ${quote(problem.output)}: its inputs come at different times, ` +
        `every ${problem.slides.map((slide) => `${slide} ms`).join(" and every ")}; give their windows the same slideDuration`
    case "ConflictingEncodings":
      return `${problem.operator} for output ${quote(problem.output)}: ` +
        "its keys come encoded in different ways; give every keyBy before it the same encode function"
    case "GuaranteeTooWeak":
      return `guarantee ${quote(problem.wanted)} is asked for, and only ${quote(problem.promised)} can be promised: ` +
        problem.because.map((weakness) => `${weakness.of} is ${weakness.guarantee}: ${weakness.why}`).join("; ")
  }
}

/** Names may be anything when they are reported as wrong: shortened, and without control characters. */
const quote = (name: unknown): string => {
  const text = String(name)
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)
}
