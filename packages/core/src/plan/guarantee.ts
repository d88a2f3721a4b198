/** What a pipeline promises about each record, computed of its parts. */
import type { CommitClass } from "../dstream/BatchSink.ts"
import type { Receiver } from "../dstream/Receiver.ts"
import type { Plan } from "./Plan.ts"

/**
 * What becomes of a record that was received, whatever crashes. `exactly-once`: every output shows it once.
 * `at-least-once`: it is not lost, and may show twice. `at-most-once`: it may be lost.
 *
 * @category models
 * @since 0.1.0
 */
export type Guarantee = "exactly-once" | "at-least-once" | "at-most-once"

/**
 * A part that promises less than `exactly-once`, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface Weakness {
  /** `receiver "words"`, `output "print"`, `the checkpoint`. */
  readonly of: string
  readonly guarantee: Guarantee
  readonly why: string
}

/** What kind of checkpoint a run has; absent: none. */
export type CheckpointDurability = "fsync" | "os" | "none" | undefined

/** The guarantee is the least of the parts'. Where records may be lost at one end and doubled at another, that is the loss. */
export const guaranteeOf = (
  { outputs, stages }: Plan,
  durability: CheckpointDurability
): { readonly guarantee: Guarantee; readonly weaknesses: ReadonlyArray<Weakness> } => {
  const receivers = stages.flatMap((stage) => stage._tag === "Receive" ? [stage.receiver] : [])
  const weaknesses = [
    ...ofCheckpoint(durability),
    ...receivers.flatMap(ofReceiver),
    ...outputs.flatMap(({ name, sink }) => ofOutput(name, sink.commitClass))
  ]
  const has = (guarantee: Guarantee) => weaknesses.some((weakness) => weakness.guarantee === guarantee)
  return { guarantee: has("at-most-once") ? "at-most-once" : has("at-least-once") ? "at-least-once" : "exactly-once", weaknesses }
}

/** Whether a promise is as good as another. */
export const isAtLeast = (promised: Guarantee, wanted: Guarantee): boolean => rank[promised] >= rank[wanted]

const rank: Record<Guarantee, number> = { "exactly-once": 2, "at-least-once": 1, "at-most-once": 0 }

const ofCheckpoint = (durability: CheckpointDurability): ReadonlyArray<Weakness> => {
  switch (durability) {
    case "fsync":
      return []
    case "os":
      return [{
        of: "the checkpoint",
        guarantee: "at-most-once",
        why: "durability \"os\" survives the end of the process and not a loss of power"
      }]
    case "none":
      return [{ of: "the checkpoint", guarantee: "at-most-once", why: "it is lost with the process (durability \"none\")" }]
    case undefined:
      return [{
        of: "the pipeline",
        guarantee: "at-most-once",
        why: "without a CheckpointStore it remembers nothing beyond its process"
      }]
  }
}

const ofReceiver = (receiver: Receiver<unknown, unknown, unknown>): ReadonlyArray<Weakness> => {
  const weakness = weaknessOf(receiver)
  return weakness === undefined ? [] : [{ of: `receiver ${JSON.stringify(receiver.name)}`, ...weakness }]
}

const weaknessOf = (
  { chunk, delivery, identify, position }: Receiver<unknown, unknown, unknown>
): Omit<Weakness, "of"> | undefined => {
  switch (delivery) {
    case "Replayable":
      return position === undefined
        ? { guarantee: "at-least-once", why: "it has no `position`, so each start reads it from its beginning" }
        : undefined
    case "Acknowledged":
      return chunk === undefined
        ? { guarantee: "at-least-once", why: "without `chunk` it is acknowledged after the outputs, and may be redelivered" }
        : identify === undefined
        ? { guarantee: "at-least-once", why: "without `identify` what is redelivered cannot be told from what is new" }
        : undefined
    case "Unreplayable":
      return {
        guarantee: "at-most-once",
        why: chunk === undefined
          ? "it cannot be read again, and without `chunk` what is not yet delivered is lost with the process"
          : "it cannot be read again: what was read and is not yet in the journal is lost with the process"
      }
  }
}

const ofOutput = (name: string, commitClass: CommitClass): ReadonlyArray<Weakness> =>
  commitClass === "AtLeastOnce"
    ? [{ of: `output ${JSON.stringify(name)}`, guarantee: "at-least-once", why: "its sink cannot tell a repeated batch" }]
    : []
