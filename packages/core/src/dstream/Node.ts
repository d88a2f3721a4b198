/**
 * The plain data behind a `DStream`. Operators check the types at the door; in here they are forgotten on purpose.
 */
import type * as Duration from "effect/Duration"
import { hasProperty } from "effect/Predicate"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Types from "effect/Types"
import type { Memory, MemoryPlan } from "../kernel/Memory.ts"
import type { Aggregation, AnyFunction, OnError, Step } from "../kernel/Step.ts"
import type { BatchSink } from "./BatchSink.ts"
import type { Receiver } from "./Receiver.ts"

export const TypeId = "~@millrace/core/DStream"

/**
 * The discretized stream: an immutable description of what happens to every batch. `A` is what its batches hold, `E`
 * what its receivers and operators may fail with, `R` what they need. Nothing runs before a `Pipeline` does.
 *
 * @category models
 * @since 0.1.0
 */
export interface DStream<out A, out E = never, out R = never> extends Pipeable {
  readonly [TypeId]: {
    readonly _A: Types.Covariant<A>
    readonly _E: Types.Covariant<E>
    readonly _R: Types.Covariant<R>
  }
  readonly node: Node
}

/** A stream whose types were checked by the overloads of an operator. */
export type AnyDStream = DStream<any, any, any>

/**
 * A few kinds of node; an operator adds a file and never a kind.
 *
 * - `Receive`: what one receiver handed over
 * - `Step`: one item after another
 * - `Aggregate`: a chain's end: one result per batch
 * - `Remember`: a chain's end that remembers: state, windows
 * - `Recall`: what a `Remember` remembers
 * - `Union`: the batches of all parents, one after the other
 * - `Batch`: a pure function of the parents' whole batches
 * - `Effect`: an effect per item or per batch
 */
export type Node =
  | { readonly _tag: "Receive"; readonly receiver: Receiver<unknown, any, any> }
  | { readonly _tag: "Step"; readonly parent: Node; readonly step: Step }
  | { readonly _tag: "Aggregate"; readonly parent: Node; readonly aggregation: Aggregation }
  | Remember
  | Recall
  | { readonly _tag: "Union"; readonly parents: ReadonlyArray<Node> }
  | PerBatch
  | PerEffect

/** `f` takes the items of each parent, then the batch time, and gives the items. */
export interface PerBatch {
  readonly _tag: "Batch"
  readonly op: string
  readonly parents: ReadonlyArray<Node>
  readonly f: AnyFunction
  /**
   * `"kept"`: pairs go through as they are. `"joined"`: `f` takes the encoding of the keys (or `undefined`) before
   * everything else; the parents must agree on it, and the pairs that come out have it. Default: items are new.
   */
  readonly keys?: "kept" | "joined" | undefined
  /** A number: what `f` gives is cut into so many slices. `"each"`: `f` is called for each partition. Default: one. */
  readonly partitions?: number | "each" | undefined
  readonly problems?: ReadonlyArray<OptionProblem> | undefined
}

/** `f` takes one item (`perItem`), or the items and the batch time, and gives an Effect. */
export interface PerEffect {
  readonly _tag: "Effect"
  readonly op: string
  readonly parent: Node
  readonly f: AnyFunction
  readonly perItem: boolean
  readonly concurrency: number
  /** `f` makes that function, and is called once per run: what it closes over belongs to the run. */
  readonly perRun?: boolean | undefined
  /** Stands beside its parent in a join, and takes on the encoding of its keys. */
  readonly keys?: "kept" | undefined
  /** What becomes of an item whose effect fails, where `perItem`. Absent: the batch fails. */
  readonly onError?: OnError | undefined
  readonly problems?: ReadonlyArray<OptionProblem> | undefined
}

/** A chain's end that remembers from batch to batch; what it does is in the memory that `make` makes. */
export interface Remember {
  readonly _tag: "Remember"
  readonly op: string
  /** The user's name for it: its identity from start to start. */
  readonly name: string
  readonly parent: Node
  readonly keyed: boolean
  /** Whether it emits pairs under the keys that it was fed. */
  readonly keepsKeys: boolean
  /** Set where it covers more than a batch or speaks less often than it is fed. */
  readonly window: Window | undefined
  /** What becomes of a record whose key finds no room, where that is not the end of the batch. */
  readonly onMaxKeys?: OnError | undefined
  /** What is wrong with the operator's options; a pipeline with any is refused. */
  readonly problems: ReadonlyArray<OptionProblem>
  readonly remembered: Remembered
  readonly make: (plan: MemoryPlan) => Memory
}

/** What a memory writes down, as far as a later start has to read it. */
export interface Remembered {
  readonly state: Schema.Codec<unknown, unknown>
  /** Of structural keys. */
  readonly key?: Schema.Codec<unknown, unknown> | undefined
  /** Whether a window writes down what each batch brought: then it does not fit another batch interval. */
  readonly perBatch?: boolean | undefined
  /** What the state means besides its type. Durations of a `Window` need not be said. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>> | undefined
  /** Whether it can leave its keys to a store: `make` is then given `stored`. */
  readonly byKey?: boolean | undefined
}

/** An option that no value of its type makes wrong: a number out of range, a duration that is none. */
export interface OptionProblem {
  readonly option: string
  readonly problem: string
}

/** Durations of a window; the slide defaults to the parent's. */
export interface Window {
  readonly windowDuration: Duration.Input
  readonly slideDuration: Duration.Input | undefined
}

/** Reads what another stage remembers, after that stage's batch. */
export interface Recall {
  readonly _tag: "Recall"
  readonly op: string
  readonly parent: Node
}

/**
 * A stream led into a sink under a name, which is its identity in errors, metrics and checkpoints.
 *
 * @category models
 * @since 0.1.0
 */
export interface Output<out E = never, out R = never> {
  readonly [OutputTypeId]: { readonly _E: Types.Covariant<E>; readonly _R: Types.Covariant<R> }
  readonly name: string
  readonly node: Node
  readonly sink: BatchSink<never, any, any>
  /** What becomes of a batch that the sink refuses for good. Absent: the run fails. */
  readonly onError?: "dead-letter" | undefined
}

const OutputTypeId = "~@millrace/core/Output"

const variance = { _A: (_: never) => _, _E: (_: never) => _, _R: (_: never) => _ }

const Proto = {
  [TypeId]: variance,
  pipe() {
    return pipeArguments(this, arguments)
  }
}

/** The one place where a node becomes a stream; the caller's signature says of what. */
export const fromNode = (node: Node): AnyDStream => Object.assign(Object.create(Proto), { node })

export const step = (self: AnyDStream, step: Step): AnyDStream => fromNode({ _tag: "Step", parent: self.node, step })

export const aggregate = (self: AnyDStream, aggregation: Aggregation): AnyDStream =>
  fromNode({ _tag: "Aggregate", parent: self.node, aggregation })

/** A stream of what a stage that remembers emits. */
export const remember = (
  self: AnyDStream,
  options: {
    readonly op: string
    readonly name: string
    readonly keyed: boolean
    readonly keepsKeys?: boolean | undefined
    readonly window?: Window | undefined
    readonly onMaxKeys?: OnError | undefined
    readonly problems?: ReadonlyArray<OptionProblem> | undefined
    readonly remembered: Remembered
    readonly make: (plan: MemoryPlan) => Memory
  }
): AnyDStream =>
  fromNode({
    _tag: "Remember",
    parent: self.node,
    ...options,
    keepsKeys: options.keepsKeys ?? false,
    window: options.window,
    problems: options.problems ?? []
  })

export const output = <E, R>(
  name: string,
  node: Node,
  sink: BatchSink<never, E, R>,
  onError?: "dead-letter" | undefined
): Output<E, R> => ({
  [OutputTypeId]: variance,
  name,
  node,
  sink,
  onError
})

export const isDStream = (u: unknown): u is DStream<unknown, unknown, unknown> => hasProperty(u, TypeId)

/**
 * Bounds what a lambda may return so that an array literal of two infers as a pair: `(word) => [word, 1]` gives
 * `[string, number]`. It refuses nothing.
 */
export type Item = readonly [unknown, unknown] | {} | null | undefined
