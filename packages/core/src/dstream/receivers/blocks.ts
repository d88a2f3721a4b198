/** Arrays of records as the blocks that a receiver hands over. */
import type * as Arr from "effect/Array"
import type * as Schema from "effect/Schema"
import type { Block, Options } from "../Receiver.ts"

/**
 * Options of a receiver whose records cannot be read again.
 *
 * @category options
 * @since 0.1.0
 */
export interface RecordOptions<in out A> extends Options {
  /**
   * How records are written down. With it a run with a `CheckpointStore` keeps in its journal what it received, so that
   * a crash loses only what was not durable yet. Without it what was received and not delivered is lost with the process.
   */
  readonly chunk?: Schema.Codec<A, unknown> | undefined
}

/** More records than this at once are handed over as several blocks, so that the buffer's bound and the rate bite. */
export const maxBlockRecords = 16_384

/** What a receiver of records in memory is told where its user says nothing: there is no source to spare. */
export const inMemory = <Given extends Options>(options: Given): Given & { readonly defaultInitialRate: number } => ({
  ...options,
  defaultInitialRate: Infinity
})

/** The records as they are, as one block. The array must not change any more. */
export const block = <A>(payload: ReadonlyArray<A>): Block<A> => ({
  payload,
  records: payload.length,
  bytes: estimateBytes(payload)
})

/** The records as blocks of at most `maxBlockRecords`. */
export const blocksOf = <A>(items: ReadonlyArray<A>): Arr.NonEmptyReadonlyArray<Block<A>> => {
  if (items.length <= maxBlockRecords) return [block(items)]
  const blocks: Arr.NonEmptyArray<Block<A>> = [block(items.slice(0, maxBlockRecords))]
  for (let from = maxBlockRecords; from < items.length; from += maxBlockRecords) {
    blocks.push(block(items.slice(from, from + maxBlockRecords)))
  }
  return blocks
}

/** How many objects of a block are looked into; the others are taken to be alike. */
const samples = 8

/**
 * About how many bytes records hold in memory. Text and byte arrays count each with their length; of objects the first
 * few are measured, one level deep.
 */
export const estimateBytes = (items: ReadonlyArray<unknown>): number => {
  let bytes = 0
  let objects = 0
  let objectBytes = 0
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    if (typeof item === "object" && item !== null && !ArrayBuffer.isView(item)) {
      if (objects < samples) objectBytes += shallowBytes(item)
      objects++
    } else bytes += plainBytes(item)
  }
  return objects === 0 ? bytes : bytes + Math.ceil(objectBytes / Math.min(objects, samples) * objects)
}

const plainBytes = (value: unknown): number => {
  if (typeof value === "string") return 16 + value.length
  if (ArrayBuffer.isView(value)) return 64 + value.byteLength
  return 8
}

const shallowBytes = (value: object): number => {
  let bytes = 24
  for (const inner of Object.values(value)) bytes += typeof inner === "object" && !ArrayBuffer.isView(inner) ? 48 : plainBytes(inner)
  return bytes
}
