/** What an error of the client means. */
import * as Predicate from "effect/Predicate"
import type { Reason } from "./KafkaError.ts"
import * as reasons from "./reasons.ts"

/** An error with all that caused it, however deep. */
const all = (error: unknown): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  const look = (each: unknown): void => {
    if (!Predicate.isObject(each) || found.includes(each) || found.length > 100) return
    found.push(each)
    if ("errors" in each && Array.isArray(each.errors)) each.errors.forEach(look)
    if ("cause" in each) look(each.cause)
  }
  look(error)
  return found
}

const textOf = (error: unknown, name: string): string | undefined => {
  const value = Predicate.hasProperty(error, name) ? error[name] : undefined
  return typeof value === "string" ? value : undefined
}

const isTls = (code: string): boolean =>
  code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code.includes("CERT") || code === "EPROTO" ||
  code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE" || code === "HOSTNAME_MISMATCH" || code === "INVALID_CA"

/** By the protocol's name of an error. What is not listed is refused for good. */
export const reasonOfProtocol = (name: string, canRetry: boolean): Reason => {
  if (name.endsWith("AUTHORIZATION_FAILED")) return new reasons.NotAllowed({ code: name })
  if (name.includes("SASL")) return new reasons.AuthenticationFailed()
  if (name === "UNSUPPORTED_VERSION") return new reasons.UnsupportedVersion({ api: "the request" })
  return canRetry || retryable.has(name) ? new reasons.Unavailable({ code: name }) : new reasons.Refused({ code: name })
}

/** The protocol says of these that the same request will not do; a new one with fresh metadata or membership does. */
const retryable: ReadonlySet<string> = new Set([
  "UNKNOWN_MEMBER_ID",
  "ILLEGAL_GENERATION",
  "REBALANCE_IN_PROGRESS",
  "MEMBER_ID_REQUIRED",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "NOT_LEADER_OR_FOLLOWER",
  "UNKNOWN_TOPIC_ID",
  "INCONSISTENT_TOPIC_ID",
  "COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR"
])

/** `brokers` are those that were asked. */
export const reasonOf = (error: unknown, brokers: ReadonlyArray<string>): Reason => {
  const errors = all(error)
  const protocol = errors.find((each) => textOf(each, "apiId") !== undefined)
  if (errors.some((each) => textOf(each, "code") === "PLT_KFK_AUTHENTICATION")) return new reasons.AuthenticationFailed()
  if (protocol !== undefined) {
    return reasonOfProtocol(textOf(protocol, "apiId") ?? "", Predicate.hasProperty(protocol, "canRetry") && protocol.canRetry === true)
  }
  const codes = errors.flatMap((each) => textOf(each, "code") ?? [])
  const tls = codes.find(isTls)
  if (tls !== undefined) return new reasons.TlsFailed({ code: tls })
  if (errors.some((each) => /requires TLS|TLS handshake failed/.test(textOf(each, "message") ?? ""))) {
    return new reasons.TlsFailed({ code: "HANDSHAKE" })
  }
  const code = codes.find((each) => !each.startsWith("PLT_KFK")) ?? (codes.includes("PLT_KFK_NETWORK") ? networkCode(errors) : undefined)
  if (code !== undefined) return new reasons.ConnectionLost({ code, brokers: [...brokers] })
  return new reasons.Refused({ code: codes[0] ?? "UNKNOWN" })
}

const networkCode = (errors: ReadonlyArray<unknown>): string =>
  errors.some((each) => /timed out/i.test(textOf(each, "message") ?? "")) ? "ETIMEDOUT" : "CLOSED"
