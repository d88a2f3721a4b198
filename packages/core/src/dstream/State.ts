/**
 * What an operator remembers, through all the shapes that it has had.
 *
 * @stability unstable
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import type * as Schema from "effect/Schema"
import { newestOf, versionsOf, withVersions } from "./versions.ts"

/**
 * A schema with a version, to be given wherever an operator asks for the schema of its state, its values or its items.
 * A plain schema is version 1 of itself, so that this is only needed for the first one of a pipeline that no longer reads
 * what versions 1, 2 … left.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <S>(
  schema: Schema.Codec<S, unknown>,
  options?: {
    /** A whole number from 1. Defaults to 1. */
    readonly version?: number | undefined
  }
): Schema.Codec<S, unknown> => withVersions(schema, [{ version: options?.version ?? 1, schema, migrate: undefined }])

/**
 * The next version: a new schema, and what becomes of state that was written under the one before. A checkpoint of any
 * version from the first in the chain on can be taken up; what it holds goes through every step from its own version on,
 * once, and a new snapshot is written. `migrate` is pure: a start that is cut short does it again.
 *
 * The older schemas stay in the program for as long as there may be checkpoints of them.
 *
 * ```ts import.meta.vitest
 * import { State } from "@millrace/core"
 * import { Schema } from "effect"
 *
 * const total = Schema.Number
 * const totals = total.pipe(
 *   State.next(Schema.Struct({ cents: Schema.Number }), (euros) => ({ cents: euros * 100 })),
 *   State.next(Schema.Struct({ cents: Schema.Number, currency: Schema.String }), (old) => ({ ...old, currency: "EUR" }))
 * )
 * State.version(totals) // => 3
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const next: {
  <Old, S>(
    schema: Schema.Codec<S, unknown>,
    migrate: (old: Old) => NoInfer<S>
  ): (before: Schema.Codec<Old, unknown>) => Schema.Codec<S, unknown>
  <Old, S>(
    before: Schema.Codec<Old, unknown>,
    schema: Schema.Codec<S, unknown>,
    migrate: (old: NoInfer<Old>) => NoInfer<S>
  ): Schema.Codec<S, unknown>
} = dual(
  3,
  (
    before: Schema.Codec<unknown, unknown>,
    schema: Schema.Codec<unknown, unknown>,
    migrate: (old: unknown) => unknown
  ): Schema.Codec<unknown, unknown> => {
    const versions = versionsOf(before)
    return withVersions(schema, [...versions, { version: newestOf(versions).version + 1, schema, migrate }])
  }
)

/**
 * Which version a schema is. 1 for plain schemas.
 *
 * @category destructors
 * @since 0.1.0
 */
export const version = (schema: Schema.Codec<unknown, unknown>): number => newestOf(versionsOf(schema)).version
