/** What every service of dead letters must do, as a suite for a factory of layers: each layer begins with nothing. */
import { assert, it } from "@effect/vitest"
import { DeadLetters } from "@millrace/core"
import { Arbitrary, Effect, type Layer, Option, Schema } from "effect"

export const letter = (batch: number, payload: string): DeadLetters.DeadLetter => ({
  pipeline: "p/1",
  batch,
  time: batch * 1000,
  from: "step",
  name: "map(parse)",
  error: { name: "SyntaxError", message: "no JSON" },
  payload
})

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

type Service = DeadLetters.DeadLetters["Service"]

export const deadLettersContract = <LE>(fresh: () => Layer.Layer<DeadLetters.DeadLetters, LE>, runs: number): void => {
  const on = <A, E>(body: (service: Service) => Effect.Effect<A, E>) =>
    Effect.scoped(Effect.flatMap(DeadLetters.DeadLetters, body).pipe(Effect.provide(fresh())))
  const test = <A, E>(title: string, body: (service: Service) => Effect.Effect<A, E>) => it.live(title, () => on(body))

  test("lists without payloads, the newest last, and reads by id", (service) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* service.list("p/1"), [])
      yield* service.write("p/1", 12, "out ö/..", [letter(12, "1"), letter(12, "2")])
      yield* service.write("p/1", 3, "dead-letters", [letter(3, "\"a\\n\"")])
      yield* service.write("other", 3, "dead-letters", [letter(3, "4")])
      const all = yield* service.list("p/1")
      assert.deepStrictEqual(all.map(({ batch }) => batch), [3, 12, 12])
      assert.isTrue(all.every((summary) => !("payload" in summary)))
      const read = yield* Effect.forEach(all, ({ id }) => service.read("p/1", id))
      assert.deepStrictEqual(read, [letter(3, "\"a\\n\""), letter(12, "1"), letter(12, "2")].map(Option.some))
      assert.deepStrictEqual((yield* service.list("p/1", { limit: 2 })).map(({ id }) => id), all.slice(1).map(({ id }) => id))
      assert.deepStrictEqual((yield* service.list("other")).map(({ batch }) => batch), [3])
    }))

  test("a repeat changes nothing, also after letters were removed", (service) =>
    Effect.gen(function*() {
      assert.isFalse(yield* service.has("p/1", 1, "out"))
      yield* service.write("p/1", 1, "out", [letter(1, "1"), letter(1, "2")])
      yield* service.write("p/1", 1, "out", [letter(1, "3")])
      const [first, second] = yield* service.list("p/1")
      assert.isDefined(first)
      assert.isDefined(second)
      assert.strictEqual(yield* service.remove("p/1", [first!.id, "nothing", "../META.json", first!.id]), 1)
      assert.deepStrictEqual(yield* service.list("p/1"), [second])
      assert.deepStrictEqual(yield* service.read("p/1", first!.id), Option.none())
      assert.deepStrictEqual(yield* service.read("p/1", second!.id), Option.some(letter(1, "2")))
      assert.strictEqual(yield* service.remove("p/1", [first!.id, second!.id]), 1)
      assert.deepStrictEqual(yield* service.list("p/1"), [])
      yield* service.write("p/1", 1, "out", [letter(1, "3")])
      assert.deepStrictEqual(yield* service.list("p/1"), [])
      assert.isTrue(yield* service.has("p/1", 1, "out"))
    }))

  test("what is empty is forgotten once no batch can come again", (service) =>
    Effect.gen(function*() {
      yield* service.write("p/1", 1, "out", [letter(1, "1")])
      yield* service.write("p/1", 2, "out", [letter(2, "2")])
      yield* service.write("p/1", 20_000, "out", [letter(20_000, "3")])
      const [first] = yield* service.list("p/1")
      yield* service.remove("p/1", [first!.id])
      assert.isFalse(yield* service.has("p/1", 1, "out"))
      assert.deepStrictEqual((yield* service.list("p/1")).map(({ batch }) => batch), [2, 20_000])
    }))

  it.live.prop(
    "holds what a plain list holds",
    [Arbitrary.array(Arbitrary.schema(Schema.Tuple([upTo(3), upTo(4), upTo(3)])), { maxLength: 12 })],
    ([acts]) =>
      on((service) =>
        Effect.gen(function*() {
          let model: ReadonlyArray<readonly [group: string, payload: string]> = []
          const written = new Set<string>()
          for (const [act, batch, count] of acts) {
            const source = `s${batch % 2}`
            const group = `${batch} ${source}`
            if (act === 0) {
              const ids = (yield* service.list("p/1")).map(({ id }) => id)
              yield* service.remove("p/1", ids.slice(0, count))
              model = model.slice(Math.min(count, model.length))
              continue
            }
            const payloads = Array.from({ length: count }, (_, index) => `${act} ${index}`)
            yield* service.write("p/1", batch, source, payloads.map((payload) => letter(batch, payload)))
            if (written.has(group)) continue
            written.add(group)
            model = [...model, ...payloads.map((payload) => [group, payload] as const)].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
          }
          const ids = (yield* service.list("p/1")).map(({ id }) => id)
          const read = yield* Effect.forEach(ids, (id) => service.read("p/1", id))
          assert.deepStrictEqual(
            read.map((found) => Option.isSome(found) ? found.value.payload : undefined),
            model.map(([, payload]) => payload)
          )
        })),
    { arbitrary: { runs } }
  )
}
