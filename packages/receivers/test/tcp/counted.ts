import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

/** What a counter of the TCP receivers stands at for one receiver. */
export const counted = (name: string, receiver: string, attributes: Record<string, string> = {}) =>
  Effect.map(Metric.snapshot, (series) => {
    const wanted = Object.entries({ receiver, ...attributes })
    return series.filter((one) => one.id === `millrace_tcp_${name}_total`)
      .filter((one) => wanted.every(([key, value]) => one.attributes?.[key] === value))
      .reduce((sum, one) => sum + (one.type === "Counter" ? Number(one.state.count) : 0), 0)
  })
