import { DeadLetters } from "@millrace/core"
import { Argument, Command, Flag } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { command } from "../command.ts"
import { failed, usage } from "../Failure.ts"
import { directory, json, requiredEntry, where } from "../flags.ts"
import { lettersOf } from "../letters.ts"
import { placeOf } from "../place.ts"
import { plural, print, table } from "../print.ts"
import { redriveOne } from "../redrive.ts"

const limit = Flag.Int("limit").pipe(Flag.withDescription("At most so many, the newest"), Flag.withDefault(100))

const list = Command.make("list", { ...where, limit }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const place = yield* placeOf(flags)
    const letters = yield* Effect.provide(
      Effect.flatMap(DeadLetters.DeadLetters, (service) => service.list(place.pipeline, { limit: flags.limit })),
      yield* lettersOf(flags.directory, place)
    )
    yield* print(flags.json, letters, () => letters.length === 0 ? "No dead letters" : listText(letters))
    return 0 as const
  }))).pipe(Command.withDescription("List the records that were set aside"))

const listText = (letters: ReadonlyArray<DeadLetters.Summary>): string =>
  table(
    ["id", "batch", "time", "from", "error"],
    letters.map(({ batch, error, from, id, name, time }) => [id, batch, instant(time), `${from} ${name}`, `${error.name}: ${error.message}`])
  )

const id = Argument.String("id").pipe(Argument.withDescription("As `list` shows it"))

const show = Command.make("show", { ...where, id }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const place = yield* placeOf(flags)
    const letter = yield* Effect.provide(
      Effect.flatMap(DeadLetters.DeadLetters, (service) => service.read(place.pipeline, flags.id)),
      yield* lettersOf(flags.directory, place)
    )
    if (Option.isNone(letter)) return yield* failed("NoDeadLetter", `There is no dead letter ${flags.id}`)
    yield* print(flags.json, { id: flags.id, ...letter.value }, () => showText(letter.value))
    return 0 as const
  }))).pipe(Command.withDescription("Show one of them, with the record"))

const showText = ({ batch, error, flaw, from, name, payload, position, time }: DeadLetters.DeadLetter): string =>
  [
    `${from} ${name}, batch ${batch} (${instant(time)})`,
    `${error.name}: ${error.message}`,
    ...(position === undefined ? [] : [`At ${JSON.stringify(position)}`]),
    ...(flaw === undefined ? [] : [`Not the record as it was: ${flaw}`]),
    ...(payload === undefined ? [] : [payload])
  ].join("\n")

const ids = Argument.String("id").pipe(Argument.withDescription("Which; none with --all"), Argument.variadic())

const all = Flag.Boolean("all").pipe(Flag.withDescription("All that there are"), Flag.withDefault(false))

const redrive = Command.make("redrive", { json, entry: requiredEntry, directory, ids, all }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    if (flags.all === flags.ids.length > 0) return yield* usage("Say which, by their ids, or --all")
    const place = yield* placeOf({ ...flags, entry: Option.some(flags.entry), pipeline: Option.none() })
    const { entry, pipeline } = place
    if (entry?.redrive === undefined) {
      return yield* failed("NoRedrive", `${flags.entry} exports no function \`redrive\`, which takes a dead letter and gives ` +
        "an Effect that hands it to the source once more")
    }
    const one = redriveOne(pipeline, entry.redrive, entry.layer)
    const redriven = yield* Effect.provide(
      Effect.gen(function*() {
        const service = yield* DeadLetters.DeadLetters
        const chosen = flags.all ? (yield* service.list(pipeline)).map(({ id }) => id) : flags.ids
        for (const id of chosen) yield* one(id)
        return chosen.length
      }),
      yield* lettersOf(flags.directory, place)
    )
    yield* print(flags.json, { redriven }, () => `${plural(redriven, "record")} went back`)
    return 0 as const
  }))).pipe(Command.withDescription("Hand them to the source once more, and remove them"))

const instant = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

export const deadLetters = Command.make("dead-letters").pipe(
  Command.withDescription("Records that were set aside"),
  Command.withSubcommands([list, show, redrive])
)
