import { Checkpoint } from "@millrace/core"
import { Argument, Command } from "effect/cli"
import * as Effect from "effect/Effect"
import { command } from "../command.ts"
import { where } from "../flags.ts"
import { placeOf } from "../place.ts"
import { print } from "../print.ts"

const operator = Argument.String("operator").pipe(Argument.withDescription("The name of the operator"))

export const drop = Command.make("drop", { ...where, operator }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const { layer, pipeline } = yield* placeOf(flags)
    yield* Effect.provide(Checkpoint.drop(pipeline, flags.operator), layer)
    yield* print(flags.json, { dropped: flags.operator }, () => `Gave up what operator ${JSON.stringify(flags.operator)} remembered`)
    return 0 as const
  }))).pipe(Command.withDescription("Give up what an operator remembers"))
