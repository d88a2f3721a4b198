/** Which checkpoint a command is about, and the services to reach it. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { CheckpointStore, StateStore } from "@millrace/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Entry, load } from "./entry.ts"
import { failed, type Failure, usage } from "./Failure.ts"
import { fileStore } from "./fileStore.ts"
import { systemText } from "./systemText.ts"

/** As the flags say it. */
export interface Where {
  readonly entry: Option.Option<string>
  readonly directory: Option.Option<string>
  readonly pipeline: Option.Option<string>
}

/** A checkpoint that was found. */
export interface Place {
  readonly pipeline: string
  readonly entry: Entry | undefined
  readonly layer: Layer.Layer<CheckpointStore.CheckpointStore, unknown>
}

export const placeOf = (where: Where): Effect.Effect<Place, Failure> =>
  Effect.gen(function*() {
    const entry = Option.isSome(where.entry) ? yield* load(where.entry.value) : undefined
    const layer = yield* storeOf(where.directory, entry)
    const pipeline = entry?.pipeline.name ?? (yield* nameOf(where))
    return { pipeline, entry, layer }
  })

/** With an entry, which says everything but where the checkpoint is, and that perhaps too. */
export const entryPlaceOf = (where: {
  readonly entry: string
  readonly directory: Option.Option<string>
}): Effect.Effect<Place & { readonly entry: Entry }, Failure> =>
  Effect.gen(function*() {
    const entry = yield* load(where.entry)
    return { pipeline: entry.pipeline.name, entry, layer: yield* storeOf(where.directory, entry) }
  })

const storeOf = (
  directory: Option.Option<string>,
  entry: Entry | undefined
): Effect.Effect<Layer.Layer<CheckpointStore.CheckpointStore, unknown>, Failure> => {
  if (Option.isSome(directory)) {
    return Effect.as(readable(directory.value), fileStore(directory.value))
  }
  if (entry === undefined) return Effect.fail(usage("Say where the checkpoint is, with --directory or with --entry"))
  if (entry.layer === undefined) {
    return Effect.fail(usage("The entry exports no layer: say where the checkpoint is, with --directory"))
  }
  return Effect.succeed(found(entry.layer))
}

/** What a directory is not, or what keeps it from being read, is said before anything is made of it. */
const readable = (directory: string): Effect.Effect<ReadonlyArray<string>, Failure> =>
  existsSync(directory)
    ? Effect.try({
      try: () => readdirSync(directory).sort(),
      catch: (error) => failed("NotRead", `Nothing can be read from ${directory}: ${systemText(error, directory)}`)
    })
    : Effect.fail(failed("NoDirectory", `There is no directory ${directory}, or this user may not see it`))

/** A module whose layer has no store is told so, instead of a defect. */
const found = (layer: Layer.Layer<unknown, unknown>): Layer.Layer<CheckpointStore.CheckpointStore, unknown> =>
  Layer.effect(
    CheckpointStore.CheckpointStore,
    Effect.flatMap(Effect.context<never>(), (context) =>
      Option.match(Context.getOption(context, CheckpointStore.CheckpointStore), {
        onNone: () => Effect.fail(usage("The layer of the entry has no CheckpointStore: use --directory")),
        onSome: (store) => Effect.succeed(store)
      }))
  ).pipe(Layer.provide(layer))

/** Everything that the pipeline of an entry needs. */
export const needsOf = ({ entry, layer }: Place): Layer.Layer<unknown, unknown> =>
  Layer.mergeAll(StateStore.layerMemory, entry?.layer ?? Layer.empty, layer)

const nameOf = (where: Where): Effect.Effect<string, Failure> =>
  Option.isSome(where.directory)
    ? Effect.flatMap(pipelinesIn(where.directory.value), (names) => nameAmong(names, where))
    : nameAmong([], where)

const nameAmong = (names: ReadonlyArray<string>, { directory, pipeline }: Where): Effect.Effect<string, Failure> => {
  const [only] = names
  if (Option.isSome(pipeline)) {
    return only === undefined || names.includes(pipeline.value)
      ? Effect.succeed(pipeline.value)
      : Effect.fail(failed("NoCheckpoint", `There is no checkpoint of pipeline ${JSON.stringify(pipeline.value)}, only of ${names.join(", ")}`))
  }
  if (only === undefined) {
    return Effect.fail(failed("NoCheckpoint", `There is no checkpoint in ${Option.getOrElse(directory, () => "")}`))
  }
  return names.length === 1
    ? Effect.succeed(only)
    : Effect.fail(usage(`There are several pipelines, ${names.join(", ")}: say which with --pipeline`))
}

/** Whose checkpoints there are. */
const pipelinesIn = (directory: string): Effect.Effect<ReadonlyArray<string>, Failure> =>
  Effect.map(readable(directory), (folders) =>
    folders.flatMap((folder) => {
      const meta = join(directory, folder, "META.json")
      if (!existsSync(meta)) return []
      try {
        const { pipeline } = JSON.parse(readFileSync(meta, "utf8"))
        return typeof pipeline === "string" ? [pipeline] : []
      } catch {
        return []
      }
    }))
