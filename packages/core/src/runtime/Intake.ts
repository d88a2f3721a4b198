/** What a run knows of one of its receivers. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { BatchRequest, Block, Receiver } from "../dstream/Receiver.ts"
import { effectOf } from "../dstream/effectOf.ts"
import { checkBlock } from "./checkBlock.ts"
import type { Pacer } from "./Pacer.ts"
import type * as RateLimit from "./RateLimit.ts"

export type AnyBlock = Block<unknown, unknown>

/** How a receiver stands, as `metrics` of a running pipeline shows it. */
export interface ReceiverStatus {
  active: boolean
  restarts: number
  records: number
  lastError: string | undefined
  /** Batch time of the newest batch that held a record of it. */
  lastRecordAt: number | undefined
}

/** A request for the block of one batch, waiting for its answer. */
interface Ask {
  readonly request: BatchRequest
  readonly answer: (block: Option.Option<AnyBlock>) => void
}

const noBlock: AnyBlock = { payload: [], records: 0, bytes: 0 }

const nothingYet = Effect.succeedSome(noBlock)

/** One receiver of a run: its lane in the inbox, its rate, its position, and its status. */
export class Intake {
  readonly lane: number
  readonly receiver: Receiver<unknown, unknown, any>
  readonly pacer: Pacer
  readonly status: ReceiverStatus = {
    active: false,
    restarts: 0,
    records: 0,
    lastError: undefined,
    lastRecordAt: undefined
  }
  limit: RateLimit.RateLimit
  /** Writes a block to the journal, where the receiver has one there, and gives what the inbox is to hold. */
  written: (block: AnyBlock) => AnyBlock & { readonly sequence?: number | undefined } = (block) => block
  /** Since when it hands over nothing, on the monotonic clock, in milliseconds; of use where it has an `idleTimeout`. */
  idleSince = 0
  /** Whether a block of it waits for room. */
  isHandingOver = false
  /** Where reading goes on after a restart: after the newest block that the inbox took. */
  resumeAfter: Option.Option<unknown> = Option.none()
  private allowance = 0
  /** Asked and not answered. */
  private asked: Ask | undefined = undefined
  /** Set while the receiver waits to be asked. */
  private arrival: ((ask: Ask) => void) | undefined = undefined
  /** Ended, stopped or given up: nothing more will come of it. */
  closed = false

  constructor(lane: number, receiver: Receiver<unknown, unknown, any>, pacer: Pacer, limit: RateLimit.RateLimit) {
    this.lane = lane
    this.receiver = receiver
    this.pacer = pacer
    this.limit = limit
  }

  accepted(block: AnyBlock): void {
    if (block.resumeAfter !== undefined) this.resumeAfter = Option.some(block.resumeAfter)
  }

  /** Records that the rate allows for a batch of this many seconds, with what is left of the batches before. */
  allow(seconds: number, most: number): number {
    const rate = this.limit.rate
    // A boundary that was due before this run has no time of its own, and no part of what is endless.
    if (rate === Infinity) return most
    this.allowance = Math.min(this.allowance + rate * seconds, rate * seconds + Math.max(1, rate))
    return Math.max(0, Math.min(most, Math.floor(this.allowance)))
  }

  spend(records: number): void {
    if (this.limit.rate !== Infinity) this.allowance -= records
  }

  /**
   * The per-batch side: asks for the block of a batch. A receiver that is not open, or fails over it, gives an empty
   * block, so that the batch goes on without; `None` is the end.
   */
  ask(request: BatchRequest): Effect.Effect<Option.Option<AnyBlock>> {
    return Effect.callback((resume) => {
      if (this.closed) return resume(Effect.succeedNone)
      const { arrival } = this
      if (arrival === undefined) return resume(nothingYet)
      this.asked = { request, answer: (block) => resume(Effect.succeed(block)) }
      // Whoever waits for it runs at once, and may wait for the next one.
      this.arrival = undefined
      arrival(this.asked)
    })
  }

  /** The receiver's side: answers asks until it has nothing more to give. */
  serve<E, R>(next: (request: BatchRequest) => Effect.Effect<Option.Option<AnyBlock>, E, R>): Effect.Effect<void, E, R> {
    return Effect.gen({ self: this }, function*() {
      for (;;) {
        const { answer, request } = yield* this.nextAsk
        const block = yield* Effect.suspend(() => effectOf(next(request))).pipe(
          Effect.tap((given) => Effect.sync(() => Option.isSome(given) && checkBlock(this.receiver.name, given.value))),
          Effect.onExit((exit) => exit._tag === "Failure" ? this.answer(answer, Option.some(noBlock)) : Effect.void)
        )
        if (Option.isSome(block)) this.accepted(block.value)
        else this.closed = true
        yield* this.answer(answer, block)
        if (Option.isNone(block)) return
      }
    })
  }

  private answer(answer: Ask["answer"], block: Option.Option<AnyBlock>): Effect.Effect<void> {
    return Effect.sync(() => {
      this.asked = undefined
      answer(block)
    })
  }

  private readonly nextAsk: Effect.Effect<Ask> = Effect.callback((resume) => {
    this.arrival = (ask) => resume(Effect.succeed(ask))
    return Effect.sync(() => {
      this.arrival = undefined
    })
  })

  /** After the last try: nobody waits for an answer that will not come. */
  close(): void {
    this.closed = true
    this.asked?.answer(Option.none())
    this.asked = undefined
  }
}
