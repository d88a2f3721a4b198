/** A program that is killed loses nothing; and what checks that would notice. */
import { assert, describe, it, type TestContext } from "vitest"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { MissingServer } from "./MissingServer.ts"
import { pipelines, serversOf } from "./pipelines.ts"
import { type Outcome, rampage } from "./rampage.ts"

const isRequired = process.env["MILLRACE_REQUIRE_SERVICES"] === "1"

/** Skips the test where a server is missing, and none is required. */
const run = async (context: TestContext, name: string, kills: number, seed: number): Promise<Outcome> => {
  try {
    const servers = await serversOf(pipelines[name]!)
    return await rampage({ kills, seed, seconds: 120, tell: () => {}, ...servers })
  } catch (error) {
    if (error instanceof MissingServer && !isRequired) return context.skip(error.message)
    throw error
  }
}

describe("a pipeline with a checkpoint", () => {
  it.for(["files", "tcp"] as const)("holds every record once after kills, lines from %s", async (source, context) => {
    const { findings, verdict } = await run(context, source, 4, 4)
    assert.deepStrictEqual(findings, [])
    assert.isAbove(verdict.windows, 5)
  })

  it("holds every record once in a PostgreSQL too", async (context) => {
    const { findings } = await run(context, "postgres", 4, 5)
    assert.deepStrictEqual(findings, [])
  }, 120_000)

  it("holds every record once over a Kafka that is killed too, in it and in a PostgreSQL", async (context) => {
    const { findings, ways } = await run(context, "kafka", 3, 2)
    assert.deepStrictEqual(findings, [])
    assert.strictEqual(ways.broker, 1)
  }, 120_000)

  it("holds every record once over a Mosquitto that is ended too, though some are sent twice", async (context) => {
    const { findings, ways } = await run(context, "mqtt", 3, 4)
    assert.deepStrictEqual(findings, [])
    assert.strictEqual(ways.broker, 1)
  }, 120_000)

  it("would be found out if it forgot", async () => {
    const options = { kills: 3, source: "files", seed: 2, seconds: 60, tell: () => {} } as const
    const { directory, findings } = await rampage({ ...options, forgets: true })
    assert.isTrue(findings.some(({ what }) => what === "doubled"))
    assert.isTrue(existsSync(join(directory, "records")), "what there is to see is kept")
    rmSync(directory, { recursive: true })
  }, 120_000)
})
