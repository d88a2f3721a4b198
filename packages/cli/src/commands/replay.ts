import { Checkpoint } from "@millrace/core"
import { Argument, Command } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { command } from "../command.ts"
import { directory, json, requiredEntry } from "../flags.ts"
import { entryPlaceOf, needsOf } from "../place.ts"
import { plural, print } from "../print.ts"

const batch = Argument.Int("batch").pipe(Argument.withDescription("The id of the batch"))

export const replay = Command.make("replay", { json, entry: requiredEntry, directory, batch }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const place = yield* entryPlaceOf(flags)
    const replayed = yield* Effect.provide(Checkpoint.replay(place.entry.pipeline, flags.batch), needsOf(place))
    yield* print(flags.json, replayed, () => text(replayed))
    return replayed.differs === undefined ? 0 : 3
  }))).pipe(
    Command.withDescription("Run a batch of the checkpoint again, and print what its outputs would be given; none is called")
  )

const text = ({ batch, differs, outputs, records, time }: Checkpoint.Replayed): string =>
  [
    `Batch ${batch} of ${DateTime.formatIso(DateTime.makeUnsafe(time))}: ${plural(records, "record")}`,
    ...outputs.flatMap(({ items, output }) => [
      `${output}: ${plural(items.length, "item")}`,
      ...items.map((item) => `  ${inJson(item)}`)
    ]),
    ...(differs === undefined ? [] : [`Output ${JSON.stringify(differs)} was given something else when the batch first ran`])
  ].join("\n")

const inJson = (item: unknown): string =>
  JSON.stringify(item, (_, value: unknown) => typeof value === "bigint" ? String(value) : value) ?? String(item)
