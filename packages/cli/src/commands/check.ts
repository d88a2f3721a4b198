import { Checkpoint } from "@millrace/core"
import { Command } from "effect/cli"
import * as Effect from "effect/Effect"
import { command } from "../command.ts"
import { directory, json, requiredEntry } from "../flags.ts"
import { entryPlaceOf } from "../place.ts"
import { print } from "../print.ts"
import { verdictText } from "../verdict.ts"

export const check = Command.make("check", { json, entry: requiredEntry, directory }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const { entry, layer } = yield* entryPlaceOf(flags)
    const verdict = yield* Effect.provide(Checkpoint.check(entry.pipeline), layer)
    yield* print(flags.json, verdict, () => verdictText(verdict))
    return verdict.isCompatible ? 0 : 3
  }))).pipe(Command.withDescription("Say whether a pipeline could go on from its checkpoint; ends with 3 if not"))
