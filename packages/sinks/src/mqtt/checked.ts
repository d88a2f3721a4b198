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
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
  readonly level: 4 | 5
  readonly qos: 0 | 1 | 2
  readonly maxInFlight: number
  readonly keepAliveSeconds: number
  readonly connectTimeoutMillis: number
  readonly acknowledgeTimeoutMillis: number
}

/** The options, or what is wrong with them: the first thing of it. */
export const checked = (options: Options): Checked | Extract<Reason, { readonly _tag: "InvalidOption" }> => {
  const { clientId = "any", qos = 1, version = "5", will } = options
  const { maxInFlight = version === "5" ? 256 : unannouncedMax } = options
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined
  const isSecure = url?.protocol === "mqtts:"
  const isUrl = (isSecure || url?.protocol === "mqtt:") && url.hostname !== "" && url.username === "" && url.password === ""
  const keepAliveMillis = millisOf(options.keepAlive ?? "30 seconds")
  const connectTimeoutMillis = millisOf(options.connectTimeout ?? "10 seconds")
  const acknowledgeTimeoutMillis = millisOf(options.acknowledgeTimeout ?? "30 seconds")
  const checks: ReadonlyArray<readonly [option: string, isGood: boolean, expected: string]> = [
    ["url", isUrl, "mqtt://host:port or mqtts://host:port, with the user in username and password"],
    ["tls", options.tls === undefined || isSecure, "left out unless the url begins with mqtts://"],
    ["clientId", isText(clientId), "a text that is not empty, holds no NUL and has 65535 bytes at most"],
    ["qos", [0, 1, 2].includes(qos), "0, 1 or 2"],
    ["version", version === "5" || version === "3.1.1", "\"5\" or \"3.1.1\""],
    ["maxInFlight", Number.isInteger(maxInFlight) && maxInFlight >= 1 && maxInFlight <= sixteenBits, `a whole number from 1 to ${sixteenBits}`],
    ["keepAlive", keepAliveMillis >= 1000 && keepAliveMillis <= sixteenBits * 1000, `a duration of 1 to ${sixteenBits} seconds`],
    ["connectTimeout", connectTimeoutMillis > 0, "a duration above 0"],
    ["acknowledgeTimeout", acknowledgeTimeoutMillis > 0, "a duration above 0"],
    ["will", will === undefined || isTopic(will.topic), "a topic without + and #"]
  ]
  const wrong = checks.find(([_, isGood]) => !isGood)
  if (wrong !== undefined || url === undefined) {
    return { _tag: "InvalidOption", option: wrong?.[0] ?? "url", expected: wrong?.[2] ?? "a url" }
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (isSecure ? 8883 : 1883) : Number(url.port),
    isSecure,
    level: version === "5" ? 5 : 4,
    qos,
    maxInFlight,
    keepAliveSeconds: Math.ceil(keepAliveMillis / 1000),
    connectTimeoutMillis,
    acknowledgeTimeoutMillis
  }
}
