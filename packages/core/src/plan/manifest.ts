/** What a pipeline is, as far as a checkpoint depends on it. */
import { newestOf, versionsOf } from "../dstream/versions.ts"
import type { Current, OperatorEntry, Readable } from "../store/Manifest.ts"
import { fingerprint } from "./fingerprint.ts"
import type { Plan, StageMemory } from "./Plan.ts"

export const manifestOf = (plan: Plan): Current => {
  const memories = plan.stages.flatMap((stage) => stage._tag === "Fused" && stage.memory !== undefined ? [stage.memory] : [])
  return {
    manifest: {
      pipeline: plan.pipeline,
      operators: memories.map(entryOf),
      receivers: plan.stages.flatMap((stage) =>
        stage._tag === "Receive" ? [{ name: stage.receiver.name, delivery: stage.receiver.delivery }] : []
      ),
      outputs: plan.outputs.map(({ name, sink }) => ({ name, commitClass: sink.commitClass }))
    },
    readable: new Map(memories.map((memory) => [memory.operator, readableOf(memory)]))
  }
}

const entryOf = ({ kind, operator, plan, remembered }: StageMemory): OperatorEntry => {
  const newest = newestOf(versionsOf(remembered.state))
  return {
    name: operator,
    kind,
    keyFingerprint: keyFingerprint(plan.encode !== undefined, remembered.key),
    stateVersion: newest.version,
    stateFingerprint: fingerprint(newest.schema),
    parameters: {
      ...(plan.isWindow ? { windowMillis: plan.windowMillis, slideMillis: plan.slideMillis } : {}),
      ...(remembered.perBatch === true ? { inputMillis: plan.parentSlideMillis } : {}),
      ...remembered.parameters
    }
  }
}

/** Keys that are primitives need no schema; encoded ones without are known by their names alone. */
const keyFingerprint = (isEncoded: boolean, key: StageMemory["remembered"]["key"]): string | undefined =>
  isEncoded ? key === undefined ? "encoded" : fingerprint(key) : undefined

const readableOf = ({ remembered }: StageMemory): Readable =>
  new Map(versionsOf(remembered.state).map(({ schema, version }) => [version, fingerprint(schema)]))
