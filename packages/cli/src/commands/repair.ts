import { CheckpointStore } from "@millrace/core"
import { NodeDisk } from "@millrace/core/node"
import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { command } from "../command.ts"
import { directory, entry, json, pipeline } from "../flags.ts"
import { usage } from "../Failure.ts"
import { placeOf } from "../place.ts"
import { plural, print } from "../print.ts"

const until = Flag.Int("until").pipe(
  Flag.withDescription("The last record that is kept; what comes after it is given up, for ever"),
  Flag.withMetavar("LSN")
)

export const repair = Command.make("repair", { json, directory, entry, pipeline, until }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    if (Option.isNone(flags.directory)) return yield* usage("Say which checkpoint, with --directory")
    const { pipeline } = yield* placeOf(flags)
    const { until } = flags
    const repaired = yield* Effect.provide(
      CheckpointStore.repair(flags.directory.value, pipeline, { until }),
      NodeDisk.layer
    )
    yield* print(flags.json, { pipeline, until, ...repaired }, () =>
      `The journal of pipeline ${JSON.stringify(pipeline)} ends with record ${until} now, and has ` +
      `${plural(repaired.kept, "record")}. What was there is in ${repaired.setAside}`)
    return 0 as const
  }))).pipe(Command.withDescription("End a damaged journal at a record before the damage: an explicit loss"))
