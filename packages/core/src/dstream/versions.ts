/** The versions that a schema of state went through, carried by the schema itself. */
import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type { AnyFunction } from "../kernel/Step.ts"

/** One shape that state has had. */
export interface Version {
  readonly version: number
  readonly schema: Schema.Codec<unknown, unknown>
  /** From the version before; absent in the oldest that can be read. */
  readonly migrate: AnyFunction | undefined
}

/** Oldest first, each one more than the one before. */
export type Versions = readonly [Version, ...ReadonlyArray<Version>]

const key = "~@millrace/core/State"

export const withVersions = <S>(schema: Schema.Codec<S, unknown>, versions: Versions): Schema.Codec<S, unknown> =>
  schema.annotate({ [key]: versions })

/** A schema without any is the first version of itself. */
export const versionsOf = (schema: Schema.Codec<unknown, unknown>): Versions =>
  SchemaAST.resolveAt<Versions>(key)(schema.ast) ?? [{ version: 1, schema, migrate: undefined }]

export const newestOf = (versions: Versions): Version => versions.at(-1) ?? versions[0]
