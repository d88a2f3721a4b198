/** Looks at options before anything is opened, and gives them their defaults. */
import * as Duration from "effect/Duration"
import type { Reason } from "./MqttError.ts"
import type { Options } from "./Options.ts"

const sixteenBits = 65_535
/** A broker cannot say in MQTT 3.1.1 what it takes: Mosquitto acknowledges more than twenty of QoS 2, and drops them. */
const unannouncedMax = 16

const millisOf = (value: Duration.Input): number => {
  try {
    return Duration.toMillis(Duration.fromInputUnsafe(value))
  } catch {
    return Number.NaN
  }
}

const isText = (text: string): boolean => text !== "" && !text.includes("\0") && Buffer.byteLength(text) <= sixteenBits

/** Whether something can be published there. */
export const isTopic = (topic: unknown): topic is string => typeof topic === "string" && isText(topic) && !/[+#]/.test(topic)

/** What is asked for, with its defaults. */
export interface Checked {
  readonly level: 4 | 5
  readonly qos: 0 | 1 | 2
  readonly maxInFlight: number
  readonly acknowledgeTimeoutMillis: number
}

/** The options, or what is wrong with them: the first thing of it. `level` is the version that is spoken. */
export const checked = (options: Options, level: 4 | 5): Checked | Extract<Reason, { readonly _tag: "InvalidOption" }> => {
  const { acknowledgeTimeout = "30 seconds", clientId = "any", qos = 1, will } = options
  const { maxInFlight = level === 5 ? 256 : unannouncedMax } = options
  const acknowledgeTimeoutMillis = millisOf(acknowledgeTimeout)
  const checks: ReadonlyArray<readonly [option: string, isGood: boolean, expected: string]> = [
    ["clientId", isText(clientId), "a text that is not empty, holds no NUL and has 65535 bytes at most"],
    ["qos", [0, 1, 2].includes(qos), "0, 1 or 2"],
    ["maxInFlight", Number.isInteger(maxInFlight) && maxInFlight >= 1 && maxInFlight <= sixteenBits, `a whole number from 1 to ${sixteenBits}`],
    ["acknowledgeTimeout", acknowledgeTimeoutMillis > 0, "a duration above 0"],
    ["will", will === undefined || isTopic(will.topic), "a topic without + and #"]
  ]
  const wrong = checks.find(([_, isGood]) => !isGood)
  if (wrong !== undefined) return { _tag: "InvalidOption", option: wrong[0], expected: wrong[2] }
  return { level, qos, maxInFlight, acknowledgeTimeoutMillis }
}
