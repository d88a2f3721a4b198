/** Random records of a journal. */
import type { CheckpointStore } from "@millrace/core"
import { Arbitrary, Schema } from "effect"
import { changed, committed, data, prepared } from "./journals.ts"

const size = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })))

/** Small ones, and some that are larger than what is copied into a group. */
export const anyRecord: Arbitrary.Arbitrary<CheckpointStore.JournalRecord> = Arbitrary.map(
  Arbitrary.all([size, size]),
  ([kind, length]) => {
    const text = "äb".repeat(length) + (length === 40 ? "x".repeat(70_000) : "")
    if (kind < 10) return prepared(length)
    if (kind < 20) return changed(length, text)
    return kind < 30 ? data(length, text) : committed(length)
  }
)
