/** What the client's errors mean. Words of the brokers are left out, since they may quote records. */
import { hasProperty } from "effect/Predicate"
import type { Reason } from "./KafkaError.ts"

const lost = new Set(["INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED", "INVALID_PRODUCER_ID_MAPPING", "UNKNOWN_PRODUCER_ID",
  "OUT_OF_ORDER_SEQUENCE_NUMBER", "INVALID_TXN_STATE", "TRANSACTION_ABORTABLE", "TRANSACTION_COORDINATOR_FENCED"])

const credentials = new Set(["SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM", "ILLEGAL_SASL_STATE"])

/** What a rejected call of the client means; `limit` is what its record batches were kept below. */
export const reasonOf = (error: unknown, limit = 0): Reason => {
  const all = flat(error, [], 0)
  let found: Reason | undefined
  for (const each of all) {
    const reason = ofOne(each, limit)
    // Of several partitions the answer that will not change counts.
    if (reason !== undefined && (found === undefined || weightOf(reason) > weightOf(found))) found = reason
  }
  return found ?? { _tag: "Rejected", code: textOf(error, "code") ?? textOf(error, "name") ?? "unknown" }
}

/** Single records that are refused are an unknown error to the client, with the reason beside it. */
const weightOf = (reason: Reason): number => {
  switch (reason._tag) {
    case "ConnectionLost":
      return 0
    case "Busy":
      return 1
    case "Rejected":
      return reason.code === "UNKNOWN_SERVER_ERROR" ? 2 : 3
    default:
      return 4
  }
}

const flat = (error: unknown, found: Array<unknown>, depth: number): ReadonlyArray<unknown> => {
  if (depth > 8) return found
  found.push(error)
  if (hasProperty(error, "errors") && Array.isArray(error.errors)) {
    for (const each of error.errors) flat(each, found, depth + 1)
  }
  if (hasProperty(error, "cause")) flat(error.cause, found, depth + 1)
  return found
}

const ofOne = (error: unknown, limit: number): Reason | undefined => {
  const answer = textOf(error, "apiId")
  if (answer !== undefined) return ofAnswer(answer, hasProperty(error, "canRetry") && error.canRetry === true, limit)
  const code = textOf(error, "code")
  if (code === undefined) return undefined
  if (code === "PLT_KFK_AUTHENTICATION") return { _tag: "AuthenticationFailed" }
  if (/CERT|TLS|SSL|ALTNAME/.test(code)) return { _tag: "TlsFailed", code }
  if (code === "PLT_KFK_USER") {
    return /TLS/.test(textOf(error, "message") ?? "") ? { _tag: "TlsFailed", code: "no TLS on one side" } : undefined
  }
  return code === "PLT_KFK_NETWORK" || code === "PLT_KFK_TIMEOUT" || code === "PLT_KFK_UNEXPECTED_CORRELATION_ID"
    ? { _tag: "ConnectionLost" }
    : undefined
}

const ofAnswer = (code: string, mayPass: boolean, limit: number): Reason => {
  if (lost.has(code)) return { _tag: "ProducerLost", code }
  if (credentials.has(code)) return { _tag: "AuthenticationFailed" }
  if (code.endsWith("_AUTHORIZATION_FAILED")) return { _tag: "NotAllowed", code }
  if (code === "UNKNOWN_TOPIC_OR_PARTITION" || code === "INVALID_TOPIC_EXCEPTION" || code === "UNKNOWN_TOPIC_ID") {
    return { _tag: "UnknownTopic", topic: undefined }
  }
  if (code === "MESSAGE_TOO_LARGE" || code === "RECORD_LIST_TOO_LARGE") {
    return { _tag: "RecordTooLarge", item: undefined, bytes: undefined, limit }
  }
  return mayPass ? { _tag: "Busy", code } : { _tag: "Rejected", code }
}

const textOf = (value: unknown, name: string): string | undefined => {
  const found = hasProperty(value, name) ? value[name] : undefined
  return typeof found === "string" ? found : undefined
}
