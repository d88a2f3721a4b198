/** Where the processes of a simulation set events aside. */
import { DeadLetters } from "@millrace/core"
import { Context, Effect, Layer, Option } from "effect"
import { pipelineName } from "./program.ts"

export interface Letters {
  readonly service: DeadLetters.DeadLetters["Service"]
  readonly buried: () => ReadonlyArray<{ readonly id: number; readonly batch: number }>
}

export const lettersInMemory = (): Letters => {
  const service = Context.get(Effect.runSync(Effect.scoped(Layer.build(DeadLetters.layerMemory))), DeadLetters.DeadLetters)
  const all = Effect.flatMap(service.list(pipelineName), (found) =>
    Effect.forEach(found, ({ id }) => Effect.map(service.read(pipelineName, id), Option.getOrThrow)))
  return {
    service,
    buried: () => Effect.runSync(all).map(({ batch, payload = "" }) => ({ id: JSON.parse(payload).id, batch }))
  }
}
