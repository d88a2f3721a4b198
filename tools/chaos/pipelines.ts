/** The pipelines that can be killed, by name. */
import { postgres } from "@millrace/tool-services"
import { MissingServer } from "./MissingServer.ts"
import type { Options } from "./rampage.ts"

/** Where records come from, and whether rows go to a PostgreSQL as well. */
export interface Chosen {
  readonly source: Options["source"]
  readonly hasRows: boolean
}

export const pipelines: Readonly<Record<string, Chosen>> = {
  files: { source: "files", hasRows: false },
  tcp: { source: "tcp", hasRows: false },
  postgres: { source: "files", hasRows: true },
  kafka: { source: "kafka", hasRows: true },
  mqtt: { source: "mqtt", hasRows: true }
}

/** With the PostgreSQL that there is. A pipeline that is made for one fails without it. */
export const serversOf = async ({ hasRows, source }: Chosen): Promise<Pick<Options, "source" | "postgres">> => {
  const server = hasRows ? await postgres() : undefined
  if (source === "files" && hasRows && server === undefined) throw new MissingServer("PostgreSQL", "see above")
  return { source, postgres: server?.url }
}
