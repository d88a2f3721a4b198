import type { BatchSink } from "@millrace/core"
import * as Schema from "effect/Schema"
import type { FilesError } from "./FilesError.ts"
import { lines } from "./lines.ts"
import type { FilesOptions } from "./names.ts"

/**
 * Writes each batch to a file of its own, one line of JSON for each item, as `text` does otherwise. `suffix` defaults
 * to `jsonl`.
 *
 * With a `schema` items are encoded by it, to JSON also where it encodes to more than that (dates, bigints, maps);
 * without one they are written as `JSON.stringify` does, and `undefined` as `null`. An item that cannot be encoded fails
 * the batch before anything is written.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/sinks/Files"
 * import { Schema } from "effect"
 *
 * const sink = Files.jsonLines({ directory: "orders", schema: Schema.Struct({ at: Schema.Date, total: Schema.Finite }) })
 * sink.commitClass // => "IdempotentByBatch"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const jsonLines = <A = unknown>(
  options: FilesOptions & { readonly schema?: Schema.Codec<A, unknown> | undefined }
): BatchSink.BatchSink<A, FilesError> => {
  const encode: (item: A) => unknown = options.schema === undefined
    ? (item) => item
    : Schema.encodeSync(Schema.toCodecJson(options.schema))
  return lines({ ...options, suffix: options.suffix ?? "jsonl" }, (item) => JSON.stringify(encode(item)) ?? "null")
}
