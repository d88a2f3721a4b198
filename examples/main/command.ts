/** The command line of the main job. */
import { Effect, Layer, Logger, References } from "effect"
import { Command } from "effect/cli"
import { run } from "./job.ts"
import { BadOptions, flags, resolve } from "./options.ts"
import * as Services from "./services.ts"

const command = Command.make("npm start --", flags, (given) => Effect.flatMap(resolve(given), run)).pipe(
  Command.withDescription(
    "Counts the words of each batch of lines that come over TCP, and shows the batches. " +
      "Without --port or --listen a feeder sends the documentation of Effect over a socket of its own."
  ),
  Command.withExamples([
    { command: "npm start -- --batches 3", description: "Three batches, then exit 0" },
    { command: "npm start -- --rate 50000 --interval 500ms", description: "More lines, shorter batches" },
    { command: "npm start -- --port 9999", description: "Read what `nc -lk 9999` sends" }
  ])
)

// What the engine logs goes to standard error and starts at errors: the job tells its failed tries itself.
const logging = Layer.merge(
  Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]),
  Layer.succeed(References.MinimumLogLevel, "Error")
)

/** Runs the job with these arguments. What is wrong with them is one error of one line. */
export const main = (args: ReadonlyArray<string>) =>
  Command.runWith(command, { version: "0.1.0" })(args).pipe(
    Effect.catchTag("ShowHelp", ({ errors }) => {
      const problems = errors.map(({ message }) => message)
      return problems.length === 0 ? Effect.void : Effect.fail(new BadOptions({ problems }))
    }),
    Effect.provide([Services.layer, logging])
  )
