/** What the MQTT receivers count, beside what the engine counts of every receiver. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { Reason } from "./MqttError.ts"

const counter = (name: string, description: string, attributes: Record<string, string>) =>
  Metric.counter(`millrace_mqtt_${name}`, { description, attributes, incremental: true })

/** Counts for one receiver; called from event handlers, so without effects. */
export interface Tally {
  readonly opened: () => void
  readonly closed: (reason: Reason) => void
  readonly duplicate: () => void
  readonly skipped: () => void
  /** `deduplicateBy` gave no key. */
  readonly unidentified: () => void
  readonly sessionLost: () => void
  readonly acknowledged: (messages: number) => void
  readonly unacknowledged: (messages: number) => void
}

export const makeTally = (receiver: string, context: Context.Context<never>): Tally => {
  const at = { receiver }
  const count = (name: string, description: string) => {
    const metric = counter(name, description, at)
    return (n = 1) => metric.updateUnsafe(n, context)
  }
  const unacknowledged = Metric.gauge("millrace_mqtt_unacknowledged_messages", {
    description: "Messages that were received and not yet acknowledged",
    attributes: at
  })
  const counted = {
    opened: count("opened_connections_total", "Sessions that stood"),
    duplicate: count("redelivered_messages_total", "Messages that the broker marked as delivered before"),
    skipped: count("skipped_retained_messages_total", "Retained messages that were left out"),
    unidentified: count("unidentified_messages_total", "Messages that deduplicateBy gave no key for"),
    sessionLost: count("lost_sessions_total", "Times the broker had forgotten the session"),
    acknowledged: count("acknowledged_messages_total", "Messages whose acknowledgement was sent")
  }
  return {
    opened: () => counted.opened(),
    closed: ({ _tag }) =>
      counter("closed_connections_total", "Connections that ended, by why", { ...at, reason: _tag })
        .updateUnsafe(1, context),
    duplicate: () => counted.duplicate(),
    skipped: () => counted.skipped(),
    unidentified: () => counted.unidentified(),
    sessionLost: () => counted.sessionLost(),
    acknowledged: (messages) => counted.acknowledged(messages),
    unacknowledged: (messages) => unacknowledged.updateUnsafe(messages, context)
  }
}
