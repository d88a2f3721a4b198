/**
 * Asks the tables for the best advertisement of a group, or of every group.
 *
 *   npm run example -- ad-click-rates/best students
 */
import { runMain } from "@millrace/core/node"
import * as Postgres from "@millrace/sinks/Postgres"
import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { explainDatabase } from "../kafka/database.ts"
import { database, runCommand, schema } from "./options.ts"
import { best } from "./tables.ts"

const command = Command.make("best", {
  group: Argument.String("group").pipe(Argument.withDescription("A group of users (default: all of them)"), Argument.optional),
  database,
  schema
}, ({ database, group, schema }) =>
  best(schema, Option.getOrUndefined(group)).pipe(
    Effect.provide(Postgres.layer({ url: database, maxConnections: 1 })),
    Effect.map((rows) => {
      const lines = rows.map(({ advertisement, clicks, impressions, rate, until, user_group }) =>
        `${user_group}: ${advertisement}, ${(100 * rate).toFixed(1)} % (${clicks} clicks of ${impressions}) at ${until.toISOString()}`)
      process.stdout.write(lines.length === 0 ? "no advertisement was shown often enough lately\n" : `${lines.join("\n")}\n`)
    }),
    explainDatabase
  )).pipe(Command.withDescription("The advertisement with the greatest click-through rate in the last window."))

runMain(runCommand(command, process.argv.slice(2)))
