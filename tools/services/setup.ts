/**
 * Vitest calls this once before the tests of each project that may need a server. They are started when a test asks for
 * them, but what takes long the first time, fetching Kafka, is done before any test waits with a clock beside it.
 */
import { openHub } from "./hub.ts"
import { distribution } from "./kafka/distribution.ts"
import { problemAt } from "./kafka/problemAt.ts"
import { hubVariable } from "./shared.ts"

/** Projects that never ask for Kafka do not wait for it. */
const withoutKafka = new Set(["core", "core-closures", "cli"])

export default async ({ name }: { readonly name: string }): Promise<(() => Promise<void>) | undefined> => {
  const close = process.env[hubVariable] === undefined ? await openHub() : undefined
  if (withoutKafka.has(name)) return close
  const runs = await problemAt(process.env["MILLRACE_TEST_KAFKA_URL"] ?? "127.0.0.1:9092") === undefined
  if (!runs) await distribution()
  return close
}
