/** Schemas as functions to JSON and back, compiled once. */
import * as Schema from "effect/Schema"
import type { AnyFunction } from "../kernel/Step.ts"
import { newestOf, type Version, type Versions, versionsOf } from "./versions.ts"

export interface JsonCodec {
  readonly encode: AnyFunction
  readonly decode: AnyFunction
}

/**
 * Gives what `JSON.stringify` keeps as it is, also for dates, bigints and `NaN`. Of a schema with versions: what was
 * written under an older one is read under that, and brought up to the newest.
 */
export const codecOf = (schema: Schema.Codec<unknown, unknown>): JsonCodec => {
  const versions = versionsOf(schema)
  const newest = newestOf(versions)
  return newest.version === 1 ? plainCodec(newest.schema) : versionedCodec(versions)
}

/** A list of what a codec writes, one after the other. */
export const listCodec = ({ decode, encode }: JsonCodec): JsonCodec => ({
  encode: (values: ReadonlyArray<unknown>) => values.map((value) => encode(value)),
  decode: (json: ReadonlyArray<unknown>) => json.map((value) => decode(value))
})

const plainCodec = (schema: Schema.Codec<unknown, unknown>): JsonCodec => {
  const json = Schema.toCodecJson(schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeUnknownSync(json)
  if (!isPlainNumber(schema)) return { encode, decode }
  return {
    encode: (n) => Number.isFinite(n) ? n : encode(n),
    decode: (n) => Number.isFinite(n) ? n : decode(n)
  }
}

/** Counts and sums are what states mostly are; a finite number is its own JSON. */
const isPlainNumber = ({ ast }: Schema.Codec<unknown, unknown>): boolean => ast === Schema.Number.ast

/** The name of the version in what is written. Each value says its own: a snapshot may be older than what follows it. */
const tag = "~version"

const versionedCodec = (versions: Versions): JsonCodec => {
  const newest = newestOf(versions)
  const { encode } = plainCodec(newest.schema)
  const readers = new Map(versions.map((each, index) => [each.version, readerOf(each, versions.slice(index + 1))]))
  return {
    encode: (value) => ({ [tag]: newest.version, value: encode(value) }),
    decode: (json: unknown) => {
      const written = isWritten(json) ? json : { [tag]: 1, value: json }
      const read = readers.get(written[tag])
      if (read !== undefined) return read(written.value)
      throw new Error(`a state of version ${written[tag]} cannot be read: versions ${[...readers.keys()].join(", ")} are known`)
    }
  }
}

interface Written {
  readonly [tag]: number
  readonly value: unknown
}

const isWritten = (json: unknown): json is Written =>
  typeof json === "object" && json !== null && tag in json && typeof json[tag] === "number"

const readerOf = ({ schema }: Version, later: ReadonlyArray<Version>): AnyFunction => {
  const { decode } = plainCodec(schema)
  return later.length === 0
    ? decode
    : (json) => later.reduce((state, { migrate }) => migrate === undefined ? state : migrate(state), decode(json))
}
