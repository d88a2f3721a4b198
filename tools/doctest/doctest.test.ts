import { assert, describe, it } from "vitest"
import { compareAt } from "./compare.ts"
import { examplesOf } from "./examples.ts"
import { rewrite } from "./rewrite.ts"

const fence = "```"
const marked = `${fence}ts import.meta.vitest`

/** Runs a rewritten example and gives what it compared. */
const compared = async (
  code: string
): Promise<ReadonlyArray<readonly [actual: unknown, expected: unknown, line: number]>> => {
  const seen: Array<readonly [unknown, unknown, number]> = []
  const compare = (actual: unknown, expected: () => unknown, line: number) => seen.push([actual, expected(), line])
  await new Function("__compare", `return (async () => {${rewrite(code)}\n})()`)(compare)
  return seen
}

describe("examples", () => {
  it("are the marked fences of a document, on the lines where they stand", () => {
    const unmarked = `# A\n${fence}ts\nnot()\n${fence}\n\n`
    const document = `${unmarked}${marked}\nyes()\n${fence}\n${marked} name="b"\nb()\n${fence}\n`
    assert.deepStrictEqual(examplesOf(document), [
      { line: 6, name: "", code: "\n\n\n\n\n\nyes()" },
      { line: 9, name: "b", code: "\n\n\n\n\n\n\n\n\nb()" }
    ])
  })

  it("are found in doc comments, on the columns where they stand", () => {
    const source = `/**\n * A.\n *\n * ${marked}\n * const a = 1\n *\n * a\n * ${fence}\n */\n`
    assert.deepStrictEqual(examplesOf(source), [{ line: 4, name: "", code: "\n\n\n\n   const a = 1\n  \n   a" }])
  })

  it("inside another fence are text, and one that is never closed is an error", () => {
    assert.deepStrictEqual(examplesOf(`${fence}${fence}md\n${marked}\na\n${fence}\n${fence}${fence}\n`), [])
    assert.throws(() => examplesOf(`${marked}\na()\n`), /line 1 is never closed/)
  })
})

describe("// =>", () => {
  it("compares the statement before it, behind it or below it", async () => {
    assert.deepStrictEqual(await compared("const f = (n) => n + 1\nf(1) // => 2\nf(\n  2\n)\n// => 3"), [
      [2, 2, 2],
      [3, 3, 6]
    ])
  })

  it("compares a constant, a promise that is awaited, and what is logged", async () => {
    const code = "const a = [1] // => [1]\nawait Promise.resolve(2) // => 2\nconsole.log(a.length) // => 1"
    assert.deepStrictEqual(await compared(code), [
      [[1], [1], 1],
      [2, 2, 2],
      [1, 1, 3]
    ])
  })

  it("reads an expectation of several lines, and one inside a function", async () => {
    const code = "const a = { b: 1 }\na\n// => {\n//   b: 1\n// }\nconst f = () => {\n  a.b // => 1\n}\nf()"
    assert.deepStrictEqual(await compared(code.replace("f = ()", "f = async ()")), [
      [{ b: 1 }, { b: 1 }, 3],
      [1, 1, 7]
    ])
  })

  it("keeps every line where it is", () => {
    const code = "\n\nf(\n  1\n) // => 2\ng()"
    assert.strictEqual(rewrite(code).split("\n").length, code.split("\n").length)
    assert.strictEqual(rewrite(code).split("\n").at(-1), "g()")
  })

  it("refuses what it cannot compare", () => {
    assert.throws(() => rewrite("f() // => oh no"), /line 1: what follows "\/\/ =>" is not an expression: {2}oh no/)
    assert.throws(() => rewrite("// => 1"), /stands behind no statement/)
    assert.throws(() => rewrite("const [a] = f() // => 1"), /one named constant/)
    assert.throws(() => rewrite("const = 1"), /Unexpected token/)
  })

  it("fails with the document and the line", async () => {
    let message = ""
    await compareAt("docs/a.md")(1, () => 2, 7).catch((error: unknown) => {
      message = String(error)
    })
    assert.include(message, "docs/a.md:7")
    await compareAt("docs/a.md")({ a: [1] }, () => ({ a: [1] }), 7)
  })
})
