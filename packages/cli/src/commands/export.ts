import { Checkpoint } from "@millrace/core"
import { Argument, Command } from "effect/cli"
import * as Effect from "effect/Effect"
import { command } from "../command.ts"
import { where } from "../flags.ts"
import { placeOf } from "../place.ts"
import { writePortable } from "../portable.ts"
import { print } from "../print.ts"

const to = Argument.String("to").pipe(Argument.withDescription("A directory that is not there yet, or empty"))

export const exportTo = Command.make("export", { ...where, to }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const { layer, pipeline } = yield* placeOf(flags)
    const image = yield* Effect.provide(Checkpoint.read(pipeline), layer)
    yield* writePortable(flags.to, image)
    const { batch } = image.snapshot
    yield* print(flags.json, { pipeline, batch, directory: flags.to }, () =>
      `Wrote the checkpoint of pipeline ${JSON.stringify(pipeline)} after batch ${batch} to ${flags.to}`)
    return 0 as const
  }))).pipe(Command.withDescription("Copy a checkpoint into a directory of JSON that any tool reads"))
