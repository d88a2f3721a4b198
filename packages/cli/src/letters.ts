/** Where the dead letters of a command are. */
import { DeadLetters } from "@millrace/core"
import { NodeDisk } from "@millrace/core/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Failure, usage } from "./Failure.ts"
import type { Place } from "./place.ts"

export type LettersLayer = Layer.Layer<DeadLetters.DeadLetters, unknown>

/** Those beside the checkpoints of a directory, or those of the entry's layer. */
export const lettersOf = (directory: Option.Option<string>, { entry }: Place): Effect.Effect<LettersLayer, Failure> => {
  if (Option.isSome(directory)) {
    return Effect.succeed(Layer.provide(DeadLetters.layerFileSystem({ directory: directory.value }), NodeDisk.layer))
  }
  return entry?.layer === undefined
    ? Effect.fail(usage("Say where the dead letters are, with --directory"))
    : Effect.succeed(found(entry.layer))
}

const found = (layer: Layer.Layer<unknown, unknown>): LettersLayer =>
  Layer.effect(
    DeadLetters.DeadLetters,
    Effect.flatMap(Effect.context<never>(), (context) =>
      Option.match(Context.getOption(context, DeadLetters.DeadLetters), {
        onNone: () => Effect.fail(usage("The layer of the entry has no DeadLetters: use --directory")),
        onSome: (service) => Effect.succeed(service)
      }))
  ).pipe(Layer.provide(layer))
