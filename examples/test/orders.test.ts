import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Array as Arr, Result, Schema } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Found } from "../orders/assemble.ts"
import { OrderReader } from "../orders/OrderReader.ts"

const read = (chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<Found> => {
  const reader = new OrderReader()
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()]
}

const readText = (...lines: ReadonlyArray<string>) => read([new TextEncoder().encode(lines.join("\n"))])

/** Orders as they are, errors by tag, order and line. */
const shown = (found: ReadonlyArray<Found>) =>
  found.map(Result.match({
    onSuccess: ({ id, items }) => `${id}: ${items.map(({ cost, id }) => `${id} for ${cost}`).join(", ")}`,
    onFailure: (error) => error.message
  }))

describe("OrderReader", () => {
  it("assembles the sample: an item may stand in an order twice", () => {
    const sample = readFileSync(join(import.meta.dirname, "../orders/sample.txt"))
    assert.deepStrictEqual(shown(read([sample])), ["1: 1 for 2, 2 for 1, 2 for 1, 4 for 1", "2: 1 for 2"])
  })

  it("completes an order of nothing at once", () => {
    assert.deepStrictEqual(shown(readText("3 0", "4 1", "1 4 1")), ["3: ", "4: 1 for 1"])
  })

  it("fails an order whose costs exceed its total, passes its other items over, and goes on", () => {
    assert.deepStrictEqual(shown(readText("1 3", "1 1 2", "2 1 2", "3 1 1", "2 1", "1 2 1")), [
      "order 1 failed at line 3: its items cost more than its total",
      "2: 1 for 1"
    ])
  })

  it("fails an order that a header interrupts, and reads that header", () => {
    assert.deepStrictEqual(shown(readText("1 3", "1 1 2", "2 1", "1 2 1")), [
      "order 1 failed at line 3: the next header, or the end, came before its items reached its total",
      "2: 1 for 1"
    ])
  })

  it("fails an order that the end interrupts", () => {
    assert.deepStrictEqual(shown(readText("1 3", "1 1 2", "")), [
      "order 1 failed at line 2: the next header, or the end, came before its items reached its total"
    ])
  })

  it("fails an order among whose items is one of another", () => {
    assert.deepStrictEqual(shown(readText("1 3", "1 9 2", "2 1 3", "2 1", "1 2 1")), [
      "order 1 failed at line 2: an item of another order came before its items reached its total",
      "2: 1 for 1"
    ])
  })

  it("refuses items of orders that are not being read", () => {
    assert.deepStrictEqual(shown(readText("1 5 2", "1 1", "1 1 1", "2 1 1")), [
      "line 1 is an item of order 5, which is not being read",
      "1: 1 for 1",
      "line 4 is an item of order 1, which is not being read"
    ])
  })

  it("names a malformed line by number and length, keeps its text, and goes on with the order", () => {
    const found = readText("1 3", "1 1 two", "", "-1 4", "1 2 3 4", "9007199254740993 1", "1 1 3")
    assert.deepStrictEqual(
      Arr.getFailures(found).map((error) => error._tag === "MalformedLine" ? [error.line, error.length] : error._tag),
      [[2, 7], [3, 0], [4, 4], [5, 7], [6, 18]]
    )
    assert.deepStrictEqual(shown(Arr.getSuccesses(found).map(Result.succeed)), ["1: 1 for 3"])
  })

  it("ends at a line longer than any can be", () => {
    const reader = new OrderReader()
    assert.lengthOf(reader.push(new TextEncoder().encode(`1 0\n${"9".repeat(2000)}\n2 0\n`)), 1)
    assert.strictEqual(reader.failure?._tag, "LineTooLong")
  })

  const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
  const Numbers = Schema.Union([Schema.Tuple([upTo(2), upTo(4)]), Schema.Tuple([upTo(3), upTo(2), upTo(3)])])
  const Texts = Arbitrary.array(Arbitrary.schema(Schema.Union([Numbers, Schema.Tuple([Schema.Literals(["ö", ""])])])))
  const Cuts = Arbitrary.array(Arbitrary.schema(upTo(60)))
  const Ending = Arbitrary.schema(Schema.Literals(["\n", "\r\n"]))

  it.prop("any cut of the bytes gives the same orders and errors", [Texts, Cuts, Ending], ([lines, cuts, ending]) => {
    const bytes = new TextEncoder().encode(lines.map((line) => `${line.join(" ")}${ending}`).join(""))
    const edges = [0, ...cuts.toSorted((left, right) => left - right), bytes.length]
    const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
    assert.deepStrictEqual(shown(read(chunks)), shown(read([bytes])))
  })

  it.prop("an order's items cost its total, and every line is accounted for", [Texts], ([lines]) => {
    const found = read([new TextEncoder().encode(lines.map((line) => `${line.join(" ")}\n`).join(""))])
    for (const { items, total } of Arr.getSuccesses(found)) {
      assert.strictEqual(items.reduce((sum, { cost }) => sum + cost, 0), total)
    }
    const headers = lines.filter((line) => line.length === 2).length
    const failed = Arr.getFailures(found).filter(({ _tag }) => _tag === "OrderFailed").length
    assert.strictEqual(Arr.getSuccesses(found).length + failed, headers)
  })
})
