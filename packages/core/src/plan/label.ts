/** What operators and stages are called in plans, errors and metrics. */
import type { Aggregation, AnyFunction, Step } from "../kernel/Step.ts"

/** A stage of hundreds of operators is named after the first and the last of them. */
const shownFirst = 8
const shownLast = 3

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,63}$/u

/** The operator, with its function where that has a name: `map(parseLine)`. */
export const operatorLabel = (op: string, f: AnyFunction | undefined): string => {
  const name: unknown = f?.name
  return typeof name === "string" && identifier.test(name) ? `${op}(${name})` : op
}

export const stepLabel = (step: Step | Aggregation): string =>
  step.op === "remember" ? step.operator : operatorLabel(step.op, "f" in step ? step.f : undefined)

export const stageLabel = (steps: ReadonlyArray<Step>, aggregation: Aggregation): string => {
  const parts: ReadonlyArray<Step | Aggregation> = aggregation.op === "collect" && steps.length > 0
    ? steps
    : [...steps, aggregation]
  if (parts.length === 1) return stepLabel(parts[0]!)
  if (parts.length <= shownFirst + shownLast) return `fused(${parts.map(stepLabel).join(", ")})`
  const hidden = parts.length - shownFirst - shownLast
  const first = parts.slice(0, shownFirst).map(stepLabel)
  const last = parts.slice(-shownLast).map(stepLabel)
  return `fused(${[...first, `… ${hidden} more`, ...last].join(", ")})`
}
