/** The commands, and what becomes of arguments. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { CliError, Command } from "effect/cli"
import { check } from "./commands/check.ts"
import { deadLetters } from "./commands/deadLetters.ts"
import { diff } from "./commands/diff.ts"
import { drop } from "./commands/drop.ts"
import { exportTo } from "./commands/export.ts"
import { importFrom } from "./commands/import.ts"
import { inspect } from "./commands/inspect.ts"
import { plan } from "./commands/plan.ts"
import { rename } from "./commands/rename.ts"
import { repair } from "./commands/repair.ts"
import { replay } from "./commands/replay.ts"
import { type ExitCode, Failure } from "./Failure.ts"
import { services } from "./services.ts"
import { version } from "./version.ts"

const checkpoint = Command.make("checkpoint").pipe(
  Command.withDescription("Look at checkpoints, check them, carry them elsewhere, mend them"),
  Command.withSubcommands([inspect, check, diff, exportTo, importFrom, drop, rename, repair])
)

const millrace = Command.make("millrace").pipe(
  Command.withDescription("Checkpoints and pipelines of Millrace. Ends with 0 when done, 1 when it could not be done, " +
    "2 when it is no command, 3 when something is wrong with what was looked at"),
  Command.withSubcommands([checkpoint, deadLetters, replay, plan])
)

/** Standard output is for results. */
const logToStderr = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

/**
 * Runs the command line with these arguments, without the name of the program, and gives its exit code.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (args: ReadonlyArray<string>): Effect.Effect<ExitCode> =>
  Command.runWith(millrace, { version })(args).pipe(
    Effect.as<ExitCode>(0),
    Effect.catchCause((cause) => Effect.succeed(codeOf(Cause.squash(cause)))),
    Effect.provide([services, logToStderr])
  )

/** Help that nobody asked for comes with what was wrong, or where a command was left out. */
const codeOf = (error: unknown): ExitCode =>
  error instanceof Failure ? error.code : CliError.isCliError(error) ? 2 : 1
