/** What the three programs may be told. */
import { Config, Data, Effect, Redacted } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import { parseInterval } from "../main/options.ts"
import * as Services from "../main/services.ts"
import { schemaPattern } from "./tables.ts"

/** Said on one line, with the way out. */
export class BadOptions extends Data.TaggedError("BadOptions")<{ readonly problems: ReadonlyArray<string> }> {
  override get message() {
    return `${this.problems.join("; ")}. All options: --help`
  }
}

export const duration = (name: string) =>
  Flag.String(name).pipe(
    Flag.filterMap(parseInterval, () => "a duration such as \"10 seconds\", 500ms or 2s"),
    Flag.withMetavar("duration")
  )

export const count = (name: string, maximum: number) =>
  Flag.Int(name).pipe(
    Flag.filter((value) => value >= 1 && value <= maximum, () => `a whole number from 1 to ${maximum}`),
    Flag.withMetavar("count")
  )

export const brokers = Flag.String("bootstrap-servers").pipe(
  Flag.withMetavar("host:port,..."),
  Flag.withDescription("Brokers of Kafka (default 127.0.0.1:9092)"),
  Flag.withDefault("127.0.0.1:9092"),
  Flag.map((text) => text.split(",").map((broker) => broker.trim()))
)

export const topic = Flag.String("topic").pipe(
  Flag.withMetavar("name"),
  Flag.withDescription("Topic of the events (default ad-events)"),
  Flag.withDefault("ad-events")
)

export const partitions = count("partitions", 1000).pipe(
  Flag.withDescription("Partitions of the topic where it is made (default 4)"),
  Flag.withDefault(4)
)

/** A flag shows in the list of processes: a URL with a password belongs into the environment. */
export const database = Flag.Redacted("database").pipe(
  Flag.withMetavar("url"),
  Flag.withDescription("PostgreSQL (default: DATABASE_URL, or postgres://postgres@127.0.0.1:5432/test)"),
  Flag.withFallbackConfig(Config.Redacted("DATABASE_URL")),
  Flag.withDefault(Redacted.make("postgres://postgres@127.0.0.1:5432/test"))
)

export const schema = Flag.String("schema").pipe(
  Flag.filter((name) => schemaPattern.test(name), () => "a name of small letters, digits and _"),
  Flag.withMetavar("name"),
  Flag.withDescription("Schema of the database for tables and checkpoint (default ads)"),
  Flag.withDefault("ads")
)

/** Runs a command with these arguments. What is wrong with them is one error of one line. */
export const runCommand = <Name extends string, Input, ContextInput, E>(
  command: Command.Command<Name, Input, ContextInput, E, never>,
  args: ReadonlyArray<string>
) =>
  Command.runWith(command, { version: "0.1.0" })(args).pipe(
    Effect.catchIf((error) => error instanceof CliError.ShowHelp, ({ errors }) => {
      const problems = errors.map(({ message }) => message)
      return problems.length === 0 ? Effect.void : Effect.fail(new BadOptions({ problems }))
    }),
    Effect.provide(Services.layer)
  )
