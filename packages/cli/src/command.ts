/** What all commands have in common: how they end. */
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type ExitCode, Failure, failureOf } from "./Failure.ts"

/** A command whose errors are said, on standard error or as JSON on standard output, and become its exit code. */
export const command = <E, R>(
  isJson: boolean,
  effect: Effect.Effect<ExitCode, E, R>
): Effect.Effect<void, Failure, R> =>
  Effect.catchCause(Effect.flatMap(effect, ended), (cause) => {
    const failure = failureOf(Cause.squash(cause))
    if (failure.kind === ending) return Effect.fail(failure)
    const { kind, message } = failure
    const said = isJson
      ? Console.log(JSON.stringify({ error: { kind, message } }, undefined, 2))
      : Console.error(message)
    return Effect.andThen(said, Effect.fail(failure))
  })

const ending = "Ended"

/** Said already: only the code is left. */
const ended = (code: ExitCode): Effect.Effect<void, Failure> =>
  code === 0 ? Effect.void : Effect.fail(new Failure({ code, kind: ending, message: "" }))
