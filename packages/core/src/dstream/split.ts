import { dual } from "effect/Function"
import { type AnyDStream, type DStream, step } from "./Node.ts"

/**
 * Cuts every text at the separator, as `String.split` does, without an array per text.
 *
 * @category per item
 * @since 0.1.0
 */
export const split: {
  (separator: string): <E, R>(self: DStream<string, E, R>) => DStream<string, E, R>
  <E, R>(self: DStream<string, E, R>, separator: string): DStream<string, E, R>
} = dual(2, (self: AnyDStream, separator: string) => step(self, { op: "split", separator }))
