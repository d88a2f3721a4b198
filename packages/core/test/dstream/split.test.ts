import { assert, describe, it } from "@effect/vitest"
import { DStream, InvalidPipeline } from "@millrace/core"
import { Arbitrary, Effect } from "effect"
import { agrees, failureOf, failuresOf, forms, itemsOf, smallInt, table } from "./support.ts"

const letters = ["a", "b", ",", ",,", " ", "", "\n", "ab", ", ", "\u{1f600}"]
const text = Arbitrary.map(Arbitrary.array(smallInt, { maxLength: 12 }), (at) => at.map((n) => letters[n]).join(""))

describe("split", () => {
  table((input: DStream.DStream<string>) => DStream.split(input, ","), {
    "an empty batch stays empty": [[[]], [[]]],
    "a text without the separator is one piece": [[["ab"]], [["ab"]]],
    "the empty text is one empty piece": [[[""]], [[""]]],
    "separators at both ends and side by side": [[[",a,,b,"]], [["", "a", "", "b", ""]]],
    "batches stay apart, and so do items": [[["a,b", "c"], [], ["d,"]], [["a", "b", "c"], [], ["d", ""]]]
  })

  forms([["a b"]], [["a", "b"]], {
    "data first": (input: DStream.DStream<string>) => DStream.split(input, " "),
    "data last": (input) => input.pipe(DStream.split(" "))
  })

  for (const separator of [",", ",,", "\n", "ab", ", ", "\u{1f600}", "\"", "\\", "`${0}`", "*/", "\u2028"]) {
    agrees(
      `is String.split at ${JSON.stringify(separator)}`,
      text,
      (input) => input.pipe(DStream.map((piece) => piece.replaceAll("b,", separator)), DStream.split(separator)),
      (items) => items.flatMap((item) => item.replaceAll("b,", separator).split(separator)),
      { runs: 10 }
    )
  }

  agrees(
    "cuts twice in one loop",
    text,
    (input) => input.pipe(DStream.split("\n"), DStream.split(","), DStream.filter((piece) => piece !== "")),
    (items) =>
      items.flatMap((item) => item.split("\n")).flatMap((line) => line.split(",")).filter((piece) => piece !== "")
  )

  it.effect("cuts a megabyte", () =>
    Effect.gen(function*() {
      const words = Array.from({ length: 100_000 }, (_, index) => `word${index % 97}`)
      const [out] = yield* itemsOf([[words.join(" ")]], (input) => DStream.split(input, " "))
      assert.deepStrictEqual(out, words)
    }))

  it.effect("refuses an empty separator before anything runs", () =>
    Effect.gen(function*() {
      const { reason } = yield* failureOf([["a"]], (input) => DStream.split(input, ""))
      assert(reason instanceof InvalidPipeline)
      assert.deepStrictEqual(reason.problems, [{ _tag: "EmptySeparator", output: "collected" }])
    }))

  it.effect("refuses an item that was cast to text, without showing it", () =>
    Effect.gen(function*() {
      const cast: ReadonlyArray<string> = JSON.parse("[{\"secret\": 1}]")
      const error = yield* failuresOf([cast], (input) => DStream.split(input, ","))
      assert.include(error.message, "split takes strings, not an object")
      assert.notInclude(error.message, "secret")
    }))
})
