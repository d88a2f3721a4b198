import { Checkpoint } from "@millrace/core"
import { Argument, Command } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { command } from "../command.ts"
import { differences } from "../differences.ts"
import { usage } from "../Failure.ts"
import { where } from "../flags.ts"
import { entryPlaceOf, placeOf } from "../place.ts"
import { print } from "../print.ts"
import { verdictText } from "../verdict.ts"

const other = Argument.String("other").pipe(
  Argument.withDescription("The directory of another checkpoint of the pipeline; without it the entry is compared"),
  Argument.optional
)

export const diff = Command.make("diff", { ...where, other }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    if (Option.isSome(flags.other)) {
      const left = yield* placeOf(flags)
      const right = yield* placeOf({ ...flags, directory: flags.other, pipeline: Option.some(left.pipeline) })
      const inspect = Checkpoint.inspect(left.pipeline)
      const found = differences(yield* Effect.provide(inspect, left.layer), yield* Effect.provide(inspect, right.layer))
      yield* print(flags.json, { differences: found }, () =>
        found.length === 0 ? "No differences" : found.map(({ after, before, what }) => `${what}: ${before} → ${after}`).join("\n"))
      return 0
    }
    if (Option.isNone(flags.entry)) {
      return yield* usage("Say what to compare with: the directory of another checkpoint, or --entry")
    }
    const { entry, layer } = yield* entryPlaceOf({ ...flags, entry: flags.entry.value })
    const verdict = yield* Effect.provide(Checkpoint.check(entry.pipeline), layer)
    yield* print(flags.json, verdict, () => verdictText(verdict))
    return verdict.isCompatible ? 0 : 3
  }))).pipe(Command.withDescription("Compare a checkpoint with another one, or with the pipeline of an entry"))
