/** Looks at options before anything is opened. */
import { kMaxLength } from "node:buffer"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { DirectOptions, GroupOptions } from "./Options.ts"
import { InvalidOption } from "./reasons.ts"

type Checks = ReadonlyArray<readonly [option: string, isGood: boolean, expected: string]>

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1

export const isDuration = (value: Duration.Input | undefined): boolean => {
  const millis = Option.map(value === undefined ? Option.some(Duration.seconds(1)) : Duration.fromInput(value), Duration.toMillis)
  return Option.isSome(millis) && Number.isFinite(millis.value) && millis.value > 0
}

const isName = (topic: string): boolean => /^[a-zA-Z0-9._-]{1,249}$/.test(topic)

export const areNames = (topics: ReadonlyArray<string>): boolean =>
  topics.length > 0 && topics.every(isName) && new Set(topics).size === topics.length

const isOffset = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

type Common = Pick<
  DirectOptions<unknown, unknown>,
  "isolation" | "maxBufferBytes" | "maxRecordBytes" | "maxUnpackedBytes" | "discoveryInterval" | "onLostData"
>

export const commonChecks = (options: Common): Checks => {
  const { discoveryInterval, isolation = "read_committed", maxBufferBytes = 1, maxRecordBytes = 1, maxUnpackedBytes = 1 } = options
  const { onLostData = "fail" } = options
  return [
    ["isolation", isolation === "read_committed" || isolation === "read_uncommitted", "\"read_committed\" or \"read_uncommitted\""],
    ["maxBufferBytes", isCount(maxBufferBytes), "a whole number of bytes above 0"],
    ["maxRecordBytes", isCount(maxRecordBytes), "a whole number of bytes above 0"],
    ["maxUnpackedBytes", isCount(maxUnpackedBytes) && maxUnpackedBytes <= kMaxLength, `a whole number of bytes from 1 to ${kMaxLength}`],
    ["discoveryInterval", isDuration(discoveryInterval), "a duration above 0"],
    ["onLostData", ["fail", "earliest", "latest"].includes(onLostData), "\"fail\", \"earliest\" or \"latest\""]
  ]
}

const isStart = ({ start, topicPattern, topics }: DirectOptions<unknown, unknown>): boolean => {
  if (typeof start === "string") return start === "earliest" || start === "latest"
  if ("timestamp" in start) return Number.isFinite(start.timestamp) && start.timestamp >= 0
  return Object.entries(start.offsets).every(([topic, partitions]) =>
    (topicPattern !== undefined || topics.includes(topic)) &&
    Object.entries(partitions).every(([partition, offset]) => /^\d+$/.test(partition) && isOffset(offset)))
}

export const firstWrong = (checks: Checks): InvalidOption | undefined => {
  const wrong = checks.find(([_, isGood]) => !isGood)
  return wrong === undefined ? undefined : new InvalidOption({ option: wrong[0], expected: wrong[2] })
}

const nameRule = "names of topics: 1 to 249 of the characters a-z, A-Z, 0-9, \".\", \"_\" and \"-\", each once"

/** What is wrong with the options, the first thing of it. */
export const invalidDirect = (options: DirectOptions<unknown, unknown>): InvalidOption | undefined => {
  const { fetchTimeout, maxRatePerPartition = 1, topicPattern, topics } = options
  return firstWrong([
    ["topics", topics === undefined ? topicPattern !== undefined : areNames(topics), nameRule],
    ["start", isStart(options), "\"earliest\", \"latest\", { timestamp } or { offsets } of topics that are read"],
    ["maxRatePerPartition", maxRatePerPartition > 0, "a number above 0"],
    ["fetchTimeout", isDuration(fetchTimeout), "a duration above 0"],
    ...commonChecks(options)
  ])
}

const isGroup = (id: string): boolean => id.length >= 1 && id.length <= 249

export const invalidGroup = (options: GroupOptions<unknown, unknown>): InvalidOption | undefined => {
  const { drainTimeout, groupId, groupInstanceId = "one", rebalanceTimeout, sessionTimeout, start = "earliest", topics } = options
  return firstWrong([
    ["topics", areNames(topics), nameRule],
    ["groupId", isGroup(groupId), "a name of 1 to 249 characters"],
    ["groupInstanceId", isName(groupInstanceId), "1 to 249 of the characters a-z, A-Z, 0-9, \".\", \"_\" and \"-\""],
    ["start", start === "earliest" || start === "latest", "\"earliest\" or \"latest\""],
    ["sessionTimeout", isDuration(sessionTimeout), "a duration above 0"],
    ["rebalanceTimeout", isDuration(rebalanceTimeout), "a duration above 0"],
    ["drainTimeout", isDuration(drainTimeout), "a duration above 0"],
    ...commonChecks(options)
  ])
}
