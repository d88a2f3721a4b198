import { Pipeline } from "@millrace/core"
import { Command, Flag } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { command } from "../command.ts"
import { load } from "../entry.ts"
import { json, requiredEntry } from "../flags.ts"
import { print } from "../print.ts"

const format = Flag.Literals("format", ["text", "mermaid"]).pipe(
  Flag.withDescription("Text, or a mermaid flowchart"),
  Flag.withDefault("text")
)

export const plan = Command.make("plan", { json, entry: requiredEntry, format }, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const { pipeline } = yield* load(flags.entry)
    const isCompiled = Result.isSuccess(Pipeline.compile(pipeline))
    const plan = Pipeline.explain(pipeline, { format: flags.format })
    yield* print(flags.json, { pipeline: pipeline.name, isCompiled, plan }, () => plan)
    return isCompiled ? 0 : 3
  }))).pipe(Command.withDescription("Show what a pipeline will do: settings, stages, outputs"))
