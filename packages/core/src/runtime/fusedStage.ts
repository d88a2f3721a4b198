import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { type Accumulator, type Kernel, StepFailure } from "../kernel/Kernel.ts"
import type { Memory } from "../kernel/Memory.ts"
import { makeKernel } from "../kernel/makeKernel.ts"
import type { Refused } from "../kernel/Refused.ts"
import { refuses } from "../kernel/Step.ts"
import { stepLabel } from "../plan/label.ts"
import type { Plan, Stage } from "../plan/Plan.ts"
import type { Cut } from "./cut.ts"
import { PipelineError } from "./PipelineError.ts"
import type { StageEffect, StageRunner } from "./StageRunner.ts"
import type { Slots, Turn } from "./Turn.ts"

type Fused = Extract<Stage, { readonly _tag: "Fused" }>

/** A slice aims at this long, so that the clock is read rarely and a turn ends nearly on time. */
const sliceMillis = 2
const smallestSlice = 1
const largestSlice = 65_536

/** Runs the stage's loop over all segments of all inputs, in slices, and yields the thread when a turn is over. */
export const fusedStage = (plan: Plan, stage: Fused, memory: Memory | undefined): StageRunner => {
  const kernel = makeKernel(stage.steps, stage.aggregation, stage.encode, plan.settings.backend)
  const slice = { size: 16 }
  const isRefusing = refuses(stage.steps, stage.aggregation)
  return (slots, cut, turn, trouble) => {
    const { id, time } = cut.info
    const emits = time % (plan.slides[stage.slot] ?? time) === 0
    const pass = new Pass(plan, kernel, stage, slots, turn, slice, memory, emits, isRefusing ? trouble.of(stage) : undefined)
    let begun = false
    const goOn = (): StageEffect | undefined => {
      try {
        if (!begun) memory?.begin({ id, time, emits })
        begun = true
        return pass.advance() ? undefined : Effect.flatMap(Effect.yieldNow, afterYield)
      } catch (error) {
        return Effect.fail(failed(plan, stage, cut, error))
      }
    }
    const afterYield = (): StageEffect => {
      turn.restart()
      return goOn() ?? Effect.void
    }
    return goOn()
  }
}

/** One batch's way through the stage: where it stands between two turns. */
class Pass {
  private readonly turn: Turn
  private readonly kernel: Kernel
  private readonly stage: Fused
  private readonly slots: Slots
  private accumulator: Accumulator
  private readonly slice: { size: number }
  private readonly emits: boolean
  private readonly refused: Refused | undefined
  private readonly partitions: ReadonlyArray<number>
  /** What the partitions that are through gave, where the output has several. */
  private readonly parts: Array<ReadonlyArray<unknown>> | undefined
  private input = 0
  private segment = 0
  private from = 0
  private checkedAt = -1
  private left: number

  constructor(
    plan: Plan,
    kernel: Kernel,
    stage: Fused,
    slots: Slots,
    turn: Turn,
    slice: { size: number },
    memory: Memory | undefined,
    emits: boolean,
    refused: Refused | undefined
  ) {
    this.kernel = kernel
    this.stage = stage
    this.slots = slots
    this.turn = turn
    this.slice = slice
    this.refused = refused
    this.accumulator = kernel.begin(memory, refused)
    this.emits = emits
    this.partitions = plan.partitions
    this.parts = (plan.partitions[stage.slot] ?? 1) > 1 ? [] : undefined
    this.left = slice.size
  }

  /** Goes on until the batch is through (true) or the turn is over (false). */
  advance(): boolean {
    const { kernel, slots, stage } = this
    for (; this.input < stage.inputs.length; this.input++, this.segment = 0) {
      const input = stage.inputs[this.input] ?? 0
      const segments = slots[input] ?? []
      const isCut = (this.partitions[input] ?? 1) > 1
      for (; this.segment < segments.length; this.segment++, this.from = 0) {
        const items = segments[this.segment] ?? []
        while (this.from < items.length) {
          if (this.left === 0 && this.isTurnOver()) return false
          const to = Math.min(items.length, this.from + this.left)
          kernel.run(items, this.from, to, this.accumulator)
          this.left -= to - this.from
          this.from = to
        }
        if (isCut) this.endPartition()
      }
      if (!isCut) this.endPartition()
    }
    const results = this.parts ?? [this.finish()]
    slots[stage.slot] = this.emits ? results : undefined
    return true
  }

  /** Only a loop that collects has output in partitions: it begins anew for the next one. */
  private endPartition(): void {
    if (this.parts === undefined) return
    this.parts.push(this.finish())
    this.accumulator = this.kernel.begin(undefined, this.refused)
  }

  /** What throws here is a function of the aggregation, called for what it remembers. */
  private finish(): ReadonlyArray<unknown> {
    try {
      return this.kernel.finish(this.accumulator)
    } catch (cause) {
      throw new StepFailure(this.stage.steps.length, -1, cause)
    }
  }

  private isTurnOver(): boolean {
    const now = this.turn.now()
    if (this.checkedAt >= 0) this.resize(now - this.checkedAt)
    this.checkedAt = now
    this.left = this.slice.size
    return this.turn.isOver(now)
  }

  private resize(tookMillis: number): void {
    const size = this.slice.size
    if (tookMillis < sliceMillis / 2) this.slice.size = Math.min(largestSlice, size * 2)
    else if (tookMillis > sliceMillis * 2) this.slice.size = Math.max(smallestSlice, size >> 1)
  }
}

const failed = (plan: Plan, stage: Fused, cut: Cut, error: unknown): PipelineError<unknown> => {
  const failure = error instanceof StepFailure ? error : new StepFailure(-1, -1, error)
  return PipelineError.of(plan.pipeline, {
    _tag: "StepFailed",
    batch: { id: cut.info.id, time: cut.info.time },
    stage: stage.name,
    step: stepLabel(stage.steps[failure.step] ?? stage.aggregation),
    item: failure.item < 0 ? undefined : failure.item,
    cause: Cause.die(failure.cause)
  })
}
