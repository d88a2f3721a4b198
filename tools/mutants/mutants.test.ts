import { assert, describe, it } from "vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { hunt, type Hunt, type Verdict } from "./hunt.ts"
import { apply, type Mutant, sourceOf } from "./Mutant.ts"
import { disk } from "./disk.ts"
import { evolution } from "./evolution.ts"
import { files } from "./files.ts"
import { operators } from "./operators.ts"
import { postgres } from "./postgres.ts"
import { protocol } from "./protocol.ts"
import { stores } from "./stores.ts"

const root = join(import.meta.dirname, "../..")

const noOp: Mutant = {
  name: "nothing",
  file: "kernel/accumulate.ts",
  source: "present ? [value] : []",
  replacement: "present ? [value] : [ ]",
  why: "it changes nothing",
  tests: ["dstream/glom.test.ts"]
}

const huntOf = async (mutants: ReadonlyArray<Mutant>, options?: Partial<Hunt>) => {
  const told: Array<readonly [name: string, Verdict]> = []
  const tell: Hunt["tell"] = (mutant, verdict) => told.push([mutant.name, verdict])
  const ended = await hunt({ root, mutants, copies: 1, limitMillis: 60_000, tell, ...options })
  return { ...ended, told }
}


describe("a hunt", () => {
  it("kills what breaks, lets what breaks nothing survive, and leaves the sources alone", async () => {
    const source = join(root, "packages/core/src/dstream/glom.ts")
    const before = readFileSync(source, "utf8")
    const mutants: ReadonlyArray<Mutant> = [
      { ...noOp, name: "loses", file: "dstream/glom.ts", source: "=> [items]", replacement: "=> []" },
      noOp,
      { ...noOp, name: "no code", file: "dstream/glom.ts", source: "=> [items]", replacement: "=> [items" }
    ]
    const { told, untouched, verdicts } = await huntOf(mutants)
    assert.deepStrictEqual(verdicts.map(({ _tag }) => _tag), ["killed", "survived", "broken"])
    assert.deepStrictEqual(told, mutants.map(({ name }, index) => [name, verdicts[index]!]))
    assert.deepStrictEqual(untouched, { _tag: "passed" })
    assert.strictEqual(readFileSync(source, "utf8"), before)
  })

  it("says where tests take too long without any mistake, and that a mutant was killed by that", async () => {
    const { untouched, verdicts } = await huntOf([noOp], { limitMillis: 1 })
    assert.deepStrictEqual(untouched, { _tag: "late" })
    assert.deepStrictEqual(verdicts, [{ _tag: "killed", by: "time: its tests did not end" }])
  })

  it("tells what is stale: a source that is gone or is there twice, a file or a test that is not there", async () => {
    const { verdicts } = await huntOf([
      { ...noOp, source: "no such text" },
      { ...noOp, source: "return" },
      { ...noOp, file: "kernel/nowhere.ts" },
      { ...noOp, tests: ["dstream/nothing.test.ts"] }
    ])
    assert.deepStrictEqual(verdicts, [
      { _tag: "stale", missing: "not once in kernel/accumulate.ts: no such text" },
      { _tag: "stale", missing: "not once in kernel/accumulate.ts: return" },
      { _tag: "stale", missing: "no file kernel/nowhere.ts" },
      { _tag: "stale", missing: "no test dstream/nothing.test.ts" }
    ])
  })
})

const everyMutant = [...disk, ...evolution, ...files, ...operators, ...postgres, ...protocol, ...stores]

describe("a mutant", () => {
  it("replaces what is there once", () => {
    assert.strictEqual(apply("a > b", { ...noOp, source: ">", replacement: "$&=" }), "a $&= b")
    assert.isUndefined(apply("aaa", { ...noOp, source: "aa" }))
  })

  it.each(everyMutant.map((mutant) => [mutant.name, mutant] as const))("%s", (_, mutant) => {
    const text = readFileSync(join(root, sourceOf(mutant)), "utf8")
    assert.isDefined(apply(text, mutant), "what it replaces is not there exactly once")
    assert.notStrictEqual(mutant.replacement, mutant.source)
    assert.isAbove(mutant.tests.length, 0)
  })

  it("has a name of its own", () => {
    assert.strictEqual(new Set(everyMutant.map(({ name }) => name)).size, everyMutant.length)
  })
})
