import * as Result from "effect/Result"
import { codecOf } from "../dstream/jsonCodec.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Cut } from "./cut.ts"
import { receiversOf } from "./rereading.ts"

/**
 * Where a receiver stands after a batch, as JSON: the same when the batch is computed again. Nothing where it has no
 * positions, or where the batch ends in the middle of a block. Without a name the only receiver is meant.
 */
export const positionAfter = (plan: Plan, { ends, info }: Cut, name: string | undefined): unknown => {
  const receivers = receiversOf(plan)
  const receiver = name === undefined && receivers.length === 1 ? receivers[0] : receivers.find((each) => each.name === name)
  const end = ends[info.inputs.findIndex((input) => input.receiver === receiver?.name)]
  if (receiver?.position === undefined || end?.resumeAfter === undefined || (end.skip ?? 0) > 0) return undefined
  const { encode } = codecOf(receiver.position)
  return Result.getOrUndefined(Result.try(() => encode(end.resumeAfter)))
}
