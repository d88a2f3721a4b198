/** State that its own schema refuses. */
import { CheckpointStore, DStream, Pipeline, StateStore } from "@millrace/core"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Schema, SchemaGetter } from "effect"
import { errorOf, runFor, scripted } from "./fixtures.ts"

const canary = "canary-5d0e"

const throwing = Schema.String.pipe(Schema.decodeTo(Schema.String, {
  decode: SchemaGetter.passthrough(),
  encode: SchemaGetter.transform((text: string) => {
    throw new Error(`no ${text}`)
  })
}))

const refused = Schema.String.check(Schema.makeFilter((text: string) => `there is ${text}`))

describe("state that its schema refuses", () => {
  for (const [what, state] of [["throws", throwing], ["says no", refused]] as const) {
    it.effect(`ends the run by a schema that ${what}: the operator is named, and the state is not shown`, () =>
      Effect.gen(function*() {
        const words = DStream.fromReceiver(scripted<readonly [string, string]>("n", [[{ give: [["k", canary]] }]]))
        const rows = DStream.mapWithState(words, { name: "last", state, step: (text: string) => [text, text] as const })
        const outputs = [DStream.foreachBatch(rows, "out", () => Effect.void)]
        const pipeline = Pipeline.make("p", { batchInterval: "1 second", outputs })
        const { exit } = yield* runFor(pipeline, "5 seconds")
        const error = errorOf(exit)
        assert(error.reason._tag === "StepFailed")
        assert.include(error.message, `what operator "last" remembers`)
        assert.notInclude(`${error.message} ${Cause.pretty(error.reason.cause)} ${error.stack}`, canary)
      }).pipe(Effect.provide([CheckpointStore.layerMemory, StateStore.layerMemory])))
  }
})
