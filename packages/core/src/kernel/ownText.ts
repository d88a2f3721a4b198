/** Text that keeps nothing else in memory. */
import type { Primitive } from "../batch/Key.ts"

/** Shorter text is always copied where it is cut out. */
const shortestCut = 13

/**
 * A word that was cut out of a chunk keeps the chunk alive for as long as somebody has the word. What is put before it
 * makes the engine write it down anew.
 */
export const ownText = (name: Primitive): Primitive =>
  typeof name === "string" && name.length >= shortestCut ? ` ${name}`.slice(1) : name
