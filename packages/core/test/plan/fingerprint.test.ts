import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import { fingerprint } from "../../src/plan/fingerprint.ts"

interface Tree {
  readonly value: number
  readonly below: ReadonlyArray<Tree>
}

const tree: Schema.Codec<Tree> = Schema.Struct({
  value: Schema.Number,
  below: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => tree))
})

const again: Schema.Codec<Tree> = Schema.Struct({
  below: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => again)),
  value: Schema.Number
})

const same: ReadonlyArray<readonly [string, Schema.Codec<any, any>, Schema.Codec<any, any>]> = [
  ["a title", Schema.String, Schema.String.annotate({ title: "name", description: "of somebody" })],
  ["the order of properties", Schema.Struct({ a: Schema.String, b: Schema.Int }), Schema.Struct({ b: Schema.Int, a: Schema.String })],
  ["a check", Schema.String, Schema.String.check(Schema.isMinLength(2))],
  ["a brand", Schema.String, Schema.String.pipe(Schema.brand("Name"))],
  ["a class", Schema.Struct({ a: Schema.String }), class A extends Schema.Class<A>("A")({ a: Schema.String }) {}],
  ["an array and a set", Schema.Array(Schema.String), Schema.ReadonlySet(Schema.String)],
  ["made twice", Schema.Array(Schema.Date), Schema.Array(Schema.Date)],
  ["made of itself, twice", tree, again]
]

const different: ReadonlyArray<readonly [string, Schema.Codec<any, any>]> = [
  ["string", Schema.String],
  ["number", Schema.Number],
  ["boolean", Schema.Boolean],
  ["null", Schema.Null],
  ["struct", Schema.Struct({ a: Schema.String })],
  ["another name", Schema.Struct({ b: Schema.String })],
  ["another type", Schema.Struct({ a: Schema.Number })],
  ["optional", Schema.Struct({ a: Schema.optionalKey(Schema.String) })],
  ["one more", Schema.Struct({ a: Schema.String, b: Schema.String })],
  ["array", Schema.Array(Schema.String)],
  ["tuple", Schema.Tuple([Schema.String])],
  ["longer tuple", Schema.Tuple([Schema.String, Schema.String])],
  ["record", Schema.Record(Schema.String, Schema.String)],
  ["literal", Schema.Literal("a")],
  ["another literal", Schema.Literal("b")],
  ["union", Schema.Union([Schema.String, Schema.Boolean])],
  ["nullable", Schema.NullOr(Schema.String)],
  ["recursive", tree]
]

describe("fingerprint", () => {
  it.each(same)("is not of %s", (_, left, right) => {
    expect(fingerprint(left)).toBe(fingerprint(right))
  })

  it("differs where the JSON has another form", () => {
    const all = different.map(([name, schema]) => [fingerprint(schema), name])
    expect(new Map(all.map(([print, name]) => [print, name])).size).toBe(different.length)
  })

  it("is the same in every process and version", () => {
    expect(fingerprint(Schema.Struct({ cents: Schema.Number, at: Schema.optionalKey(Schema.Date) }))).toMatchInlineSnapshot(`"c48f70ab17740d50"`)
  })
})
