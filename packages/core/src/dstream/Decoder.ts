/**
 * How the chunks of a receiver become records, inside the fused loop and not before.
 *
 * @stability unstable
 * @since 0.1.0
 */
import type * as Types from "effect/Types"
import type { Step } from "../kernel/Step.ts"

const TypeId = "~@millrace/core/Decoder"

/**
 * Takes chunks, gives records. Receivers hand over chunks because keeping a hundred thousand small records alive
 * until the boundary costs more than cutting them when the batch runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Decoder<in Chunk, out A> {
  readonly [TypeId]: { readonly _Chunk: Types.Contravariant<Chunk>; readonly _A: Types.Covariant<A> }
  readonly steps: ReadonlyArray<Step>
}

const variance = { _Chunk: (_: unknown) => {}, _A: (_: never) => _ }

const make = <Chunk, A>(steps: ReadonlyArray<Step>): Decoder<Chunk, A> => ({ [TypeId]: variance, steps })

/**
 * The chunks are the records.
 *
 * @category constructors
 * @since 0.1.0
 */
export const identity = <A>(): Decoder<A, A> => make([])

/**
 * Each chunk is text, and its records are what lies between the separators. A chunk holds whole records only, and no
 * separator after the last one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const split = (separator: string): Decoder<string, string> => make([{ op: "split", separator }])

/**
 * Each chunk gives the records that `f` finds in it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const flatMap = <Chunk, A>(f: (chunk: Chunk) => Iterable<A>): Decoder<Chunk, A> => make([{ op: "flatMap", f }])
