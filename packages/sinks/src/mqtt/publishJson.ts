import type { BatchSink } from "@millrace/core"
import * as Schema from "effect/Schema"
import type { MqttConnection } from "./MqttConnection.ts"
import type { MqttError } from "./MqttError.ts"
import type { PublishOptions } from "./Options.ts"
import { publish } from "./publish.ts"

/**
 * As `publish`, with each item as JSON.
 *
 * With a `schema` items are encoded by it, to JSON also where it encodes to more than that (dates, bigints, maps);
 * without one they are written as `JSON.stringify` does, and `undefined` as `null`. An item that cannot be encoded fails
 * the batch before anything of it is published.
 *
 * ```ts import.meta.vitest
 * import * as Mqtt from "@millrace/sinks/Mqtt"
 * import { Schema } from "effect"
 *
 * const sink = Mqtt.publishJson({ topic: "orders", qos: 2, schema: Schema.Struct({ at: Schema.Date }) })
 * sink.commitClass // => "AtLeastOnce"
 * ```
 *
 * @category sinks
 * @since 0.1.0
 */
export const publishJson = <A = unknown>(
  options: Omit<PublishOptions<A>, "payload"> & { readonly schema?: Schema.Codec<A, unknown> | undefined }
): BatchSink.BatchSink<A, MqttError, MqttConnection> => {
  const encode: (item: A) => unknown = options.schema === undefined
    ? (item) => item
    : Schema.encodeSync(Schema.toCodecJson(options.schema))
  return publish({ ...options, payload: (item) => JSON.stringify(encode(item)) ?? "null" })
}
