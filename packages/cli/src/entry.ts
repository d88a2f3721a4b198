/** The module that a pipeline is in. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { type DeadLetters, Pipeline } from "@millrace/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { failed, type Failure } from "./Failure.ts"

/** What a module exports. */
export interface Entry {
  readonly pipeline: Pipeline.Pipeline<unknown, unknown>
  /** What the pipeline needs. */
  readonly layer: Layer.Layer<unknown, unknown> | undefined
  /** Hands a record that was set aside to its source once more. */
  readonly redrive: ((letter: DeadLetters.DeadLetter) => Effect.Effect<unknown, unknown, unknown>) | undefined
}

/** Imports it; its types are stripped by Node. Nothing of the pipeline runs. */
export const load = (file: string): Effect.Effect<Entry, Failure> =>
  Effect.suspend(() => {
    const path = resolve(file)
    if (!existsSync(path)) return Effect.fail(failed("NoEntry", `There is no file ${file}`))
    return Effect.flatMap(
      Effect.tryPromise({
        try: (): Promise<Readonly<Record<string, unknown>>> => import(pathToFileURL(path).href),
        catch: (error) => bad(`${file} cannot be imported: ${error instanceof Error ? error.message : String(error)}`)
      }),
      (module) => read(file, module)
    )
  })

const bad = (problem: string): Failure => failed("BadEntry", problem)

const read = (file: string, { layer, pipeline, redrive }: Readonly<Record<string, unknown>>): Effect.Effect<Entry, Failure> => {
  if (!Pipeline.isPipeline(pipeline)) {
    return Effect.fail(bad(`${file} exports no pipeline: write \`export const pipeline = Pipeline.make(…)\``))
  }
  if (layer !== undefined && !Layer.isLayer(layer)) return Effect.fail(bad(`${file} exports a layer that is no Layer`))
  if (redrive !== undefined && typeof redrive !== "function") {
    return Effect.fail(bad(`${file} exports a redrive that is no function`))
  }
  return Effect.succeed({
    pipeline,
    // What a layer gives and what a function takes is not to be seen in them.
    layer: layer as Entry["layer"],
    redrive: redrive as Entry["redrive"]
  })
}
