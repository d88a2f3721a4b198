import { Context, Option, SchemaGetter } from "effect"

/** A service for streams that need one. */
export class Scale extends Context.Service<Scale, number>()("test/Scale") {}

/** Half of a codec that loses everything. */
export const forgets = SchemaGetter.transformOptional<{}, {}>(() => Option.some({}))

/** Positions that are off by one from the second on. */
export const roundsDown = SchemaGetter.transform<number, number>((n) => n - n % 2)
