/** The pipelines that can be killed, by name: where records come from, and whether rows go to a PostgreSQL as well. */
import { defaultUrl } from "./Database.ts"
import type { Options } from "./rampage.ts"

export const pipelines: Readonly<Record<string, Pick<Options, "source" | "postgres">>> = {
  files: { source: "files" },
  tcp: { source: "tcp" },
  postgres: { source: "files", postgres: defaultUrl },
  kafka: { source: "kafka", postgres: defaultUrl },
  mqtt: { source: "mqtt", postgres: defaultUrl }
}
