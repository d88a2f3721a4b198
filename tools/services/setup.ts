/**
 * Vitest calls this once before the tests of each project that may need a server. They are started when a test asks for
 * them, but what takes long the first time, fetching Kafka, is done before any test waits with a clock beside it.
 */
import { openHub } from "./hub.ts"
import { distribution } from "./kafka/distribution.ts"
import { problemAt } from "./kafka/problemAt.ts"
import { hubVariable } from "./shared.ts"

export default async (): Promise<(() => Promise<void>) | undefined> => {
  if (process.env[hubVariable] !== undefined) return undefined
  const close = await openHub()
  const runs = await problemAt(process.env["MILLRACE_TEST_KAFKA_URL"] ?? "127.0.0.1:9092") === undefined
  if (!runs) await distribution()
  return close
}
