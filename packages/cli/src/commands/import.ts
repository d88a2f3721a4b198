import { Checkpoint } from "@millrace/core"
import { Argument, Command } from "effect/cli"
import * as Effect from "effect/Effect"
import { command } from "../command.ts"
import { fileStore } from "../fileStore.ts"
import { json, requiredDirectory } from "../flags.ts"
import { readPortable } from "../portable.ts"
import { print } from "../print.ts"

const from = Argument.String("from").pipe(Argument.withDescription("What `export` wrote"))

export const importFrom = Command.make("import", { json, directory: requiredDirectory, from }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const image = yield* readPortable(flags.from)
    yield* Effect.provide(Checkpoint.write(image), fileStore(flags.directory))
    const { manifest: { pipeline }, snapshot: { batch } } = image
    yield* print(flags.json, { pipeline, batch, directory: flags.directory }, () =>
      `Wrote the checkpoint of pipeline ${JSON.stringify(pipeline)} after batch ${batch} into ${flags.directory}`)
    return 0 as const
  }))).pipe(Command.withDescription("Make a checkpoint of what `export` wrote; one that is there is never overwritten"))
