import type { DStream } from "@millrace/core"

/**
 * The same stream, whose memory is asked for the delta of every batch before the commit, as a store asks that writes
 * state down batch by batch.
 */
export const withDelta = <A, E, R>(stream: DStream.DStream<A, E, R>): DStream.DStream<A, E, R> => {
  const { node } = stream
  if (node._tag !== "Remember") throw new Error("Only what remembers has a delta")
  const make: typeof node.make = (plan) => {
    const memory = node.make(plan)
    const commit = memory.commit.bind(memory)
    return Object.assign(memory, {
      commit: () => {
        entries += memory.delta().names.length
        commit()
      }
    })
  }
  return Object.assign(Object.create(Object.getPrototypeOf(stream)), { node: { ...node, make } })
}

/** How many entries all deltas had, which a test of this may ask. */
export let entries = 0
