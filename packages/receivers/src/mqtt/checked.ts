/** Looks at options before anything is opened, and gives them their defaults. */
import * as Duration from "effect/Duration"
import { InvalidOption } from "./MqttError.ts"
import type { Options, QoS } from "./Options.ts"

/** What MQTT can say with two bytes, and with four of seven bits. */
const sixteenBits = 65_535
const packetBytesMax = 268_435_460
const topicBytesMax = 65_535

const millisOf = (value: Duration.Input): number => {
  try {
    return Duration.toMillis(Duration.fromInputUnsafe(value))
  } catch {
    return Number.NaN
  }
}

const isCount = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max

const isText = (text: string): boolean => text !== "" && !text.includes("\0") && Buffer.byteLength(text) <= topicBytesMax

const isQoS = (qos: number): boolean => qos === 0 || qos === 1 || qos === 2

/** `+` stands alone in its level, `#` too, and nothing comes after that. */
const isFilter = (filter: string): boolean => {
  const levels = filter.split("/")
  const isShared = levels[0] === "$share"
  if (isShared && (levels.length < 3 || !/^[^+#]+$/.test(levels[1] ?? ""))) return false
  const own = isShared ? levels.slice(2) : levels
  return isText(filter) && own.join("/") !== "" &&
    own.every((level, index) => level === "+" || (level === "#" && index === own.length - 1) || !/[+#]/.test(level))
}

const isTopic = (topic: string): boolean => isText(topic) && !/[+#]/.test(topic)

/** What is asked for, with its defaults. */
export interface Checked {
  readonly subscriptions: ReadonlyArray<{ readonly filter: string; readonly qos: QoS }>
  readonly receiveMaximum: number
  readonly maxPacketBytes: number
  /** The longest that MQTT knows is for ever. */
  readonly sessionExpirySeconds: number
  readonly retained: "new" | "always" | "never"
}

export const subscriptionsOf = ({ qos = 1, subscriptions }: Pick<Options<unknown>, "qos" | "subscriptions">) =>
  subscriptions.map((each) => typeof each === "string" ? { filter: each, qos } : { filter: each.filter, qos: each.qos ?? qos })

/** The options, or what is wrong with them: the first thing of it. */
export const checked = (options: Options<unknown>): Checked | InvalidOption => {
  const { clientId, maxPacketBytes = 1024 * 1024, receiveMaximum = 4096, retained = "new", will } = options
  const subscriptions = subscriptionsOf(options)
  const sessionExpiryMillis = millisOf(options.sessionExpiry ?? "7 days")
  const checks: ReadonlyArray<readonly [option: string, isGood: boolean, expected: string]> = [
    ["clientId", isText(clientId), "a text that is not empty, holds no NUL and has 65535 bytes at most"],
    ["subscriptions", subscriptions.length > 0, "a topic filter or more"],
    ["subscriptions", subscriptions.every(({ filter }) => isFilter(filter)), "topic filters, with + and # as levels of their own"],
    ["qos", subscriptions.every(({ qos }) => isQoS(qos)), "0, 1 or 2"],
    ["receiveMaximum", isCount(receiveMaximum, 1, sixteenBits), `a whole number from 1 to ${sixteenBits}`],
    ["maxPacketBytes", isCount(maxPacketBytes, 128, packetBytesMax), `a whole number of bytes from 128 to ${packetBytesMax}`],
    ["retained", ["new", "always", "never"].includes(retained), "\"new\", \"always\" or \"never\""],
    ["sessionExpiry", sessionExpiryMillis >= 1000, "a duration of a second or more"],
    ["will", will === undefined || (isTopic(will.topic) && isQoS(will.qos ?? 0)), "a topic without + and #, and a qos of 0, 1 or 2"]
  ]
  const wrong = checks.find(([_, isGood]) => !isGood)
  if (wrong !== undefined) return new InvalidOption({ option: wrong[0], expected: wrong[2] })
  return {
    subscriptions,
    receiveMaximum,
    maxPacketBytes,
    sessionExpirySeconds: Math.min(Math.ceil(sessionExpiryMillis / 1000), 0xffffffff),
    retained
  }
}
