/** A small generator of its own, so that a seed gives the same numbers on every machine. */
export const randoms = (seed: number) => (below: number): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below
}

/** Cuts bytes at rising places. */
export const cutAt = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const edges = [0, ...places, bytes.length]
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge))
}
