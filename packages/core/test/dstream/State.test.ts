import { State } from "@millrace/core"
import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Effect, Equal, Schema } from "effect"
import { codecOf } from "../../src/dstream/jsonCodec.ts"

const first = Schema.Number
const second = State.next(first, Schema.Struct({ cents: Schema.Number }), (euros) => ({ cents: euros * 100 }))
const third = State.next(second, Schema.Struct({ cents: Schema.BigInt }), ({ cents }) => ({ cents: BigInt(cents) }))

const written = (schema: Schema.Codec<any, any>, value: unknown): unknown =>
  JSON.parse(JSON.stringify(codecOf(schema).encode(value)))

describe("State", () => {
  it("counts versions", () => {
    expect([first, second, third, State.make(first), State.make(third, { version: 7 })].map((each) => State.version(each)))
      .toEqual([1, 2, 3, 1, 7])
    expect(State.version(State.next(State.make(first, { version: 7 }), Schema.String, String))).toBe(8)
  })

  it("reads every version of the chain", () => {
    const { decode } = codecOf(third)
    expect(decode(written(first, 12))).toEqual({ cents: 1200n })
    expect(decode(written(second, { cents: 1234 }))).toEqual({ cents: 1234n })
    expect(decode(written(third, { cents: 5n }))).toEqual({ cents: 5n })
  })

  it.effect("goes from the first to the third as from the first to the second, and on to the third", () =>
    Effect.gen(function*() {
      const result = yield* Arbitrary.checkEffect(Arbitrary.schema(Schema.Int), (euros) =>
        Effect.sync(() => {
          const inTwo = written(second, codecOf(second).decode(written(first, euros)))
          const atOnce = codecOf(third).decode(written(first, euros))
          return Equal.equals(codecOf(third).decode(inTwo), atOnce) && atOnce.cents === BigInt(euros) * 100n
        }))
      expect(result._tag).toBe("Passed")
    }))

  it("leaves the first version as it is written without versions", () => {
    expect(written(State.make(first), 12)).toBe(written(first, 12))
  })

  it("refuses a version that it does not know, without showing what is in it", () => {
    expect(() => codecOf(second).decode(written(third, { cents: 5n }))).toThrow("a state of version 3 cannot be read: versions 1, 2 are known")
    expect(() => codecOf(State.make(second, { version: 2 })).decode(written(first, 12))).toThrow("version 1 cannot be read")
  })
})
