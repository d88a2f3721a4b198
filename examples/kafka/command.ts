/** What the examples with Kafka have in common on their command lines. */
import { Data, Effect } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import * as Services from "../main/services.ts"

/** Said on one line, with the way out. */
class BadOptions extends Data.TaggedError("BadOptions")<{ readonly problems: ReadonlyArray<string> }> {
  override get message() {
    return `${this.problems.join("; ")}. All options: --help`
  }
}

export const bootstrapServers = Flag.String("bootstrap-servers").pipe(
  Flag.withDefault("127.0.0.1:9092"),
  Flag.map((servers) => servers.split(",")),
  Flag.withMetavar("host:port,..."),
  Flag.withDescription("Some brokers of the cluster (default 127.0.0.1:9092)")
)

export const topic = (name: string) =>
  Flag.String("topic").pipe(
    Flag.withDefault(name),
    Flag.withMetavar("topic"),
    Flag.withDescription(`The topic (default ${name})`)
  )

export const count = (name: string, otherwise: number, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter((value) => value >= 1, () => "1 or more"),
    Flag.withDefault(otherwise),
    Flag.withMetavar("count"),
    Flag.withDescription(`${description} (default ${otherwise})`)
  )

/** Runs a command with the arguments of the process. What is wrong with them is one error of one line. */
export const program = <Name extends string, Input, Context, E>(command: Command.Command<Name, Input, Context, E>) =>
  Command.runWith(command, { version: "0.1.0" })(process.argv.slice(2)).pipe(
    Effect.mapError((error) =>
      error instanceof CliError.ShowHelp ? new BadOptions({ problems: error.errors.map(({ message }) => message) }) : error),
    Effect.catchIf((error) => error instanceof BadOptions && error.problems.length === 0, () => Effect.void),
    Effect.provide(Services.layer)
  )
