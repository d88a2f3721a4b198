/** A dead letter goes back to where it came from, and is let go. */
import { DeadLetters } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Entry } from "./entry.ts"
import { failed, type Failure } from "./Failure.ts"

/** Removed after it went back: one that is interrupted in between goes back twice, and none is lost. */
export const redriveOne = (
  pipeline: string,
  redrive: NonNullable<Entry["redrive"]>,
  layer: Entry["layer"]
) =>
(id: string): Effect.Effect<void, unknown, DeadLetters.DeadLetters> =>
  Effect.gen(function*() {
    const service = yield* DeadLetters.DeadLetters
    const letter = yield* service.read(pipeline, id)
    if (Option.isNone(letter)) return yield* failed("NoDeadLetter", `There is no dead letter ${id}`)
    const handed = Effect.suspend(() => redrive(letter.value))
    const needs: Layer.Layer<unknown, unknown> = Layer.mergeAll(layer ?? Layer.empty)
    yield* Effect.mapError(Effect.provide(handed, needs), (error) => notTaken(id, error))
    yield* service.remove(pipeline, [id])
  })

const notTaken = (id: string, error: unknown): Failure =>
  failed("NotTaken", `Dead letter ${id} did not go back, and is kept: ${error instanceof Error ? error.message : String(error)}`)
