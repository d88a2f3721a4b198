import type * as Effect from "effect/Effect"
import type { Cut } from "./cut.ts"
import type { PipelineError } from "./PipelineError.ts"
import type { Trouble } from "./Trouble.ts"
import type { Slots, Turn } from "./Turn.ts"

/** What a stage does to the slots of one batch: at once, or by an effect whose needs the pipeline's type has told. */
export type StageRunner = (slots: Slots, cut: Cut, turn: Turn, trouble: Trouble) => StageEffect | undefined

export type StageEffect = Effect.Effect<void, PipelineError<unknown>, any>
