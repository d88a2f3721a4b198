import { Checkpoint } from "@millrace/core"
import { Argument, Command } from "effect/cli"
import * as Effect from "effect/Effect"
import { command } from "../command.ts"
import { where } from "../flags.ts"
import { placeOf } from "../place.ts"
import { print } from "../print.ts"

const from = Argument.String("old").pipe(Argument.withDescription("The name of the operator in the checkpoint"))
const to = Argument.String("new").pipe(Argument.withDescription("Its name from now on"))

export const rename = Command.make("rename", { ...where, from, to }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const { layer, pipeline } = yield* placeOf(flags)
    const { from, to } = flags
    yield* Effect.provide(Checkpoint.rename(pipeline, from, to), layer)
    yield* print(flags.json, { renamed: from, to }, () => `Operator ${JSON.stringify(from)} is ${JSON.stringify(to)} now`)
    return 0 as const
  }))).pipe(Command.withDescription("Give what an operator remembers another name"))
