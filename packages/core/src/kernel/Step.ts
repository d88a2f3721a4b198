/** What a fused stage does, as data: steps that see one item after another, and the aggregation that ends them. */

/**
 * A user's function whose types were checked when the operator was called and are forgotten from here on: a chain of
 * steps is one list, whatever flows between them.
 */
export type AnyFunction = (...args: Array<any>) => any

/** What becomes of an item that a step's function throws for. Absent: the batch fails. */
export type OnError = "drop" | "dead-letter"

/** One step of a chain. Each sees one item and passes on none, one or many. */
export type Step = StepOf & {
  readonly onError?: OnError | undefined
  /** Whose chunks it cuts, where that is what may go wrong. */
  readonly receiver?: string | undefined
}

type StepOf =
  | { readonly op: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues"; readonly f: AnyFunction }
  /** `encode` gives the primitive that stands for a structural key; without it the key is a primitive itself. */
  | { readonly op: "keyBy"; readonly f: AnyFunction; readonly encode: AnyFunction | undefined }
  /** Cuts text at each `separator` (never empty), as `String.split` does, without an array per item. */
  | { readonly op: "split"; readonly separator: string }

/**
 * What ends a chain and makes the batch's result. Keyed ones take pairs and give pairs, keys in the order in which the
 * batch first showed them.
 */
export type Aggregation =
  | { readonly op: "collect" | "count" | "countByValue" | "groupByKey" }
  | { readonly op: "reduce" | "reduceByKey"; readonly f: AnyFunction }
  | { readonly op: "combineByKey"; readonly createCombiner: AnyFunction; readonly mergeValue: AnyFunction }
  /** Hands each record to the memory of the stage. `operator` is what the user called it by. */
  | {
    readonly op: "remember"
    readonly operator: string
    readonly keyed: boolean
    /** Set where a record whose key finds no room is left elsewhere. */
    readonly onMaxKeys?: OnError | undefined
  }

/** Whether a loop may leave items elsewhere. */
export const refuses = (steps: ReadonlyArray<Step>, aggregation: Aggregation): boolean =>
  steps.some(({ onError }) => onError !== undefined) ||
  aggregation.op === "remember" && aggregation.onMaxKeys !== undefined
