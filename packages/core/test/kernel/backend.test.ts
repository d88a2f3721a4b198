import { assert, describe, it } from "@effect/vitest"
import { chooseBackend, makeKernel } from "../../src/kernel/makeKernel.ts"
import type { Step } from "../../src/kernel/Step.ts"
import { backends, kernelOf, runKernel } from "./runKernel.ts"

const allowed = !process.execArgv.includes("--disallow-code-generation-from-strings")
const steps: ReadonlyArray<Step> = [{ op: "map", f: (n: number) => n + 1 }, { op: "split", separator: "\u2028\"*/" }]

const textOf = (steps: ReadonlyArray<Step>) =>
  String(makeKernel(steps, { op: "collect" }, undefined, "generated").run)

describe("the back end", () => {
  it("is generated code where code may be generated, and closures elsewhere", () => {
    const best = allowed ? "generated" : "closures"
    assert.strictEqual(chooseBackend(undefined), best)
    assert.strictEqual(chooseBackend("generated"), best)
    assert.strictEqual(chooseBackend("closures"), "closures")
    assert.strictEqual(makeKernel([], { op: "count" }).run.name, allowed ? "run" : "")
  })

  it.skipIf(!allowed)("never generates the same text twice", () => {
    const texts = Array.from({ length: 20 }, () => textOf(steps))
    assert.strictEqual(new Set(texts).size, 20)
  })

  it.skipIf(!allowed)("puts nothing of the user's into generated text", () => {
    const text = textOf(steps)
    assert.notInclude(text, "u2028")
    assert.match(text, /^[\w\s{}()[\]<>=+.,;:?!&|"/*-]*$/)
  })

  it("takes chains of 256 steps of every kind", () => {
    const rows: ReadonlyArray<readonly [Step, item: unknown, expected: unknown]> = [
      [{ op: "map", f: (n) => n + 1 }, 0, 256],
      [{ op: "filter", f: () => true }, 0, 0],
      [{ op: "flatMap", f: (n) => [n + 1] }, 0, 256],
      [{ op: "split", separator: " " }, "a", "a"],
      [{ op: "mapValues", f: (n) => n + 1 }, ["k", 0], ["k", 256]],
      [{ op: "flatMapValues", f: (n) => [n + 1] }, ["k", 0], ["k", 256]]
    ]
    for (const backend of backends) {
      for (const [step, item, expected] of rows) {
        const steps = Array.from({ length: 256 }, () => step)
        assert.deepStrictEqual(runKernel(kernelOf({ steps }, backend), [item]), [expected])
      }
    }
  })
})
