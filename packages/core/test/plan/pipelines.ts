/** What pipelines in these tests are made of; every option defaulted, so that each one set means something. */
import { Effect, Result, Stream } from "effect"
import * as BatchSink from "../../src/dstream/BatchSink.ts"
import * as Decoder from "../../src/dstream/Decoder.ts"
import type { AnyDStream } from "../../src/dstream/Node.ts"
import * as Pipeline from "../../src/dstream/Pipeline.ts"
import * as Receiver from "../../src/dstream/Receiver.ts"
import * as DStream from "../../src/DStream.ts"
import { compile } from "../../src/plan/compile.ts"
import type { InvalidPipeline } from "../../src/plan/InvalidPipeline.ts"
import { inputsOf } from "../../src/plan/inputs.ts"
import type { Plan } from "../../src/plan/Plan.ts"

export const receiver = (name: string, options: Partial<Receiver.Options> = {}) =>
  Receiver.make<string>({ ...options, name, open: () => Effect.succeed(Stream.empty) })

export const chunks = (name: string) =>
  Receiver.make<string, string>({ name, decoder: Decoder.split("\n"), open: () => Effect.succeed(Stream.empty) })

export const from = (name: string) => DStream.fromReceiver(receiver(name))

export const sink = BatchSink.make(() => Effect.void)

export const pipeline = (
  outputs: Record<string, AnyDStream>,
  options: Partial<Parameters<typeof Pipeline.make>[1]> = {}
): Pipeline.Pipeline<any, any> =>
  Pipeline.make("test", {
    batchInterval: "1 second",
    ...options,
    outputs: Object.entries(outputs).map(([name, stream]) => DStream.to(stream, name, sink))
  })

export const planOf = (outputs: Record<string, AnyDStream>): Plan => Result.getOrThrow(compile(pipeline(outputs)))

export const refused = (pipeline: Pipeline.Pipeline<unknown, unknown>): InvalidPipeline =>
  Result.getOrThrow(Result.flip(compile(pipeline)))

/** A plan in short: each stage's name and what it reads, then what each output reads. */
export const outline = (outputs: Record<string, AnyDStream>): ReadonlyArray<string> => {
  const plan = planOf(outputs)
  return [
    ...plan.stages.map((stage) => `${stage.slot} ${stage.name}${inputsOf(stage).map((input) => ` ${input}`).join("")}`),
    ...plan.outputs.map(({ input, name }) => `${name} ${input}`)
  ]
}

export const fusedOf = (plan: Plan) => plan.stages.flatMap((stage) => stage._tag === "Fused" ? [stage] : [])
