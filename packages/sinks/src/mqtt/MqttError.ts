import * as Data from "effect/Data"
import { hasProperty } from "effect/Predicate"

/**
 * Why a batch could not be published. `ConnectionRefused`, `Unreachable`, `TimedOut` and `ConnectionLost` pass, and are
 * tried again; so is `Refused` where the broker is busy. `PublishRefused`: the broker took the connection and not the
 * message; `code` is its reason code. `PacketTooLarge`: the broker takes no packet of this size. `BadItem`: an item has no
 * topic, payload or properties that MQTT can carry; `item` counts from 0 within the batch. `TakenOver`: another client has
 * the same `clientId`.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | { readonly _tag: "ConnectionRefused" }
  | { readonly _tag: "Unreachable"; readonly code: string }
  | { readonly _tag: "TimedOut"; readonly during: "connect" | "publish"; readonly millis: number }
  | { readonly _tag: "ConnectionLost"; readonly code: string }
  | { readonly _tag: "BadCredentials" }
  | { readonly _tag: "NotAuthorized" }
  | { readonly _tag: "Refused"; readonly code: number }
  | { readonly _tag: "PublishRefused"; readonly topic: string; readonly code: number }
  | { readonly _tag: "PacketTooLarge"; readonly limit: number | undefined }
  | { readonly _tag: "TlsFailed"; readonly code: string }
  | { readonly _tag: "TakenOver" }
  | { readonly _tag: "BadItem"; readonly batchId: number; readonly item: number; readonly problem: string }
  | { readonly _tag: "InvalidOption"; readonly option: string; readonly expected: string }

/** Server unavailable, busy, quota, rate: they pass. */
const passing = new Set([3, 0x88, 0x89, 0x97, 0x9f])

/**
 * A batch could not be published. Some of its items may have been, and are again when it is tried again.
 *
 * @category errors
 * @since 0.1.0
 */
export class MqttError extends Data.TaggedError("MqttError")<{
  readonly reason: Reason
  /** The name of the output; absent where the options of the connection are wrong. */
  readonly output?: string | undefined
  /** Host and port of the broker; absent with the name. */
  readonly broker?: string | undefined
}> {
  get isRetryable(): boolean {
    switch (this.reason._tag) {
      case "ConnectionRefused":
      case "Unreachable":
      case "TimedOut":
      case "ConnectionLost":
        return true
      case "Refused":
      case "PublishRefused":
        return passing.has(this.reason.code)
      default:
        return false
    }
  }

  override get message(): string {
    const what = this.output === undefined
      ? "MQTT cannot be used"
      : `Output ${JSON.stringify(this.output)} cannot be published to ${this.broker}`
    return `${what}: ${describe(this.reason)}`
  }
}

const describe = (reason: Reason): string => {
  switch (reason._tag) {
    case "ConnectionRefused":
      return "nobody listens there; start the broker, or check the url"
    case "Unreachable":
      return `the host cannot be reached (${reason.code}); check its name, the network and its firewalls`
    case "TimedOut":
      return reason.during === "connect"
        ? `no session within ${reason.millis} ms; check the url, or raise connectTimeout`
        : `nothing was acknowledged for ${reason.millis} ms`
    case "ConnectionLost":
      return `the connection is gone (${reason.code}). The batch is tried again`
    case "BadCredentials":
      return "the broker refuses username or password"
    case "NotAuthorized":
      return "the broker does not let this user in, or not publish there; check its access list"
    case "Refused":
      return `the broker refuses the session (reason code ${reason.code})`
    case "PublishRefused":
      return `the broker refuses a message to topic ${JSON.stringify(reason.topic)} (reason code ${reason.code})`
    case "PacketTooLarge":
      return `an item is larger than the broker takes${reason.limit === undefined ? "" : ` (${reason.limit} bytes)`}`
    case "TlsFailed":
      return `TLS failed (${reason.code}); check the certificates, ca and servername of both sides`
    case "TakenOver":
      return "another client connected with the same clientId; give each its own"
    case "BadItem":
      return `item ${reason.item} of batch ${reason.batchId}: ${reason.problem}`
    case "InvalidOption":
      return `${reason.option} must be ${reason.expected}`
  }
}

const isTls = (code: string): boolean =>
  code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code.includes("CERT") || code === "EPROTO" ||
  code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE" || code === "HOSTNAME_MISMATCH" || code === "INVALID_CA"

/** What an error of the client means: a code of the system, or a reason code of the broker. */
export const reasonOf = (error: unknown): Reason => {
  const code = hasProperty(error, "code") ? error.code : undefined
  if (typeof code === "number") return reasonOfCode(code)
  if (typeof code !== "string") return { _tag: "ConnectionLost", code: "closed" }
  if (code === "ECONNREFUSED") return { _tag: "ConnectionRefused" }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "ENODATA") return { _tag: "Unreachable", code }
  if (/^E(HOST|NET)(UNREACH|DOWN)$|^EADDRNOTAVAIL$|^ETIMEDOUT$/.test(code)) return { _tag: "Unreachable", code }
  return isTls(code) ? { _tag: "TlsFailed", code } : { _tag: "ConnectionLost", code }
}

/** What a broker says of a session, in the codes of both versions. */
export const reasonOfCode = (code: number): Reason => {
  switch (code) {
    case 4:
    case 0x86:
      return { _tag: "BadCredentials" }
    case 5:
    case 0x87:
      return { _tag: "NotAuthorized" }
    case 0x8b:
    case 0x8d:
    case 0x98:
      return { _tag: "ConnectionLost", code: `ended by the broker, reason code ${code}` }
    case 0x8e:
      return { _tag: "TakenOver" }
    case 0x95:
      return { _tag: "PacketTooLarge", limit: undefined }
    default:
      return { _tag: "Refused", code }
  }
}
