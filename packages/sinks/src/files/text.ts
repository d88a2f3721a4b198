import type { BatchSink } from "@millrace/core"
import { identity } from "effect/Function"
import type { FilesError } from "./FilesError.ts"
import { lines } from "./lines.ts"
import type { FilesOptions } from "./names.ts"

/**
 * Writes each batch to a file of its own, a line for each item: `<directory>/<prefix>-<time>[.<suffix>]`. What Spark
 * calls `saveAsTextFiles`, with a file where Spark makes a directory, and an empty file for an empty batch.
 *
 * A file is complete or not there: it is written under a hidden name beside it, made durable, then renamed. What a crash
 * left under such a name is removed when the sink is opened. A batch that comes twice replaces its own file by the same
 * content (`IdempotentByBatch`); so does one that comes late from a start which a newer one has shut out. A run that finds
 * no checkpoint begins after the newest file of its name, and writes over none.
 *
 * With `rolling` many batches share a file, which ends by size and age. The newest part is hidden until it is finished;
 * a manifest says which batches count, so each is there once whatever crashes, and older starts are refused
 * (`Transactional`).
 *
 * `format` makes the line of an item that is not text; an item with a line break in it makes several lines.
 *
 * ```ts import.meta.vitest
 * import * as Files from "@millrace/sinks/Files"
 *
 * const sink = Files.text({ directory: "counts", suffix: "txt", format: ([word, n]: [string, number]) => `${word} ${n}` })
 * sink.commitClass // => "IdempotentByBatch"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export function text<A>(
  options: FilesOptions & { readonly format: (item: A) => string }
): BatchSink.BatchSink<A, FilesError>
export function text(options: FilesOptions): BatchSink.BatchSink<string, FilesError>
export function text(
  options: FilesOptions & { readonly format?: (item: string) => string }
): BatchSink.BatchSink<string, FilesError> {
  return lines(options, options.format ?? identity)
}
