/** What a cluster notes of an output, in the metadata of an offset: who writes to it, and the newest batch that it has. */
import type { BatchSink } from "@millrace/core"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Written in the transaction of each batch. */
export class Position extends Schema.Class<Position>("millrace/kafka/Position")({
  pipeline: Schema.String,
  output: Schema.String,
  epoch: Schema.Int,
  /** Which opening of the sink: two runs without a checkpoint have one epoch. */
  session: Schema.Int,
  /** 0 before the first. */
  batch: Schema.Int,
  /** No note was found where one may have been: the first batch must say that this is right. */
  isDoubtful: Schema.Boolean
}) {}

const Json = Schema.fromJsonString(Position)
const decode = Schema.decodeUnknownOption(Json)

export const encodePosition = Schema.encodeSync(Json)

/** Nothing where the metadata is not ours. */
export const decodePosition = (metadata: string): Position | undefined => Option.getOrUndefined(decode(metadata))

/** The transactional id of an output, and the group of its position: no two outputs have the same. */
export const nameOf = (prefix: string, { output, pipeline }: BatchSink.Identity): string =>
  `${prefix}/${encodeURIComponent(pipeline)}/${encodeURIComponent(output)}`
