import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { asked, folder, millrace, program, run, runLive } from "./support.ts"

const at = (directory: string) => ["--directory", directory]
const entry = (name: string) => ["--entry", program(name)]

describe("millrace checkpoint inspect", () => {
  it("shows what a clean stop left", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    const { code, json } = await asked(["checkpoint", "inspect", ...at(directory)])
    expect(code).toBe(0)
    expect(json).toMatchObject({
      pipeline: "totals",
      epoch: 1,
      snapshot: { batch: 1 },
      nextBatch: 2,
      operators: [{ name: "sums", entries: 2, entry: { kind: "mapWithState", stateVersion: 1 } }],
      batches: [],
      positions: { rows: 3 },
      pending: {},
      dirtyStarts: 0,
      warnings: []
    })
    expect(json.owner.process).toBeGreaterThan(1)
    expect(json.operators[0].bytes).toBeGreaterThan(10)
    expect(json.segments.length).toBeGreaterThan(0)
    expect(json.snapshots).toMatchObject([{ batch: 1 }])
  })

  it("shows the batches that a killed process left, and that nobody may have", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    const killed = await run("one", directory, { rows: 5, mode: "kill" })
    expect(killed.code).toBe(null)
    const { json } = await asked(["checkpoint", "inspect", ...entry("one")], { CHECKPOINTS: directory })
    expect(json.epoch).toBe(2)
    expect(json.snapshot.batch).toBe(1)
    expect(json.batches.map(({ records }: { readonly records: number }) => records).filter((n: number) => n > 0)).toEqual([2])
    expect(json.batches.at(-1).outputs).toEqual([{ output: "printed", records: 0, isCommitted: false }])
    const { code, stdout } = await millrace(["checkpoint", "inspect", ...at(directory)])
    expect(code).toBe(0)
    for (const line of [/^Pipeline "totals" in /m, /^Epoch 2, process \d+ on /m, /^sums +mapWithState +1 +3 /m, /^rows  5$/m]) {
      expect(stdout).toMatch(line)
    }
  })

  it("finds damage, says where, and what is left after a repair", async () => {
    const directory = folder()
    await run("one", directory, { rows: 5, mode: "kill" })
    const journal = join(directory, "totals", "journal")
    const file = join(journal, readdirSync(journal).find((name) => name.endsWith(".mrj")) ?? "")
    const bytes = readFileSync(file)
    const middle = bytes.indexOf("\"Prepared\"", bytes.indexOf("\"Prepared\"") + 1)
    bytes[middle + 3] = (bytes[middle + 3] ?? 0) ^ 1
    writeFileSync(file, bytes)
    const found = await asked(["checkpoint", "inspect", ...at(directory)])
    expect(found.code).toBe(3)
    expect(found.json.error.kind).toBe("JournalCorrupt")
    const until = /--until (\d+)/.exec(found.json.error.message)?.[1] ?? ""
    expect(Number(until)).toBeGreaterThan(0)
    expect((await asked(["checkpoint", "check", ...entry("one"), ...at(directory)])).code).toBe(3)
    const tooFar = await asked(["checkpoint", "repair", ...at(directory), "--until", String(Number(until) + 2)])
    expect(tooFar).toMatchObject({ code: 3, json: { error: { kind: "JournalCorrupt" } } })
    const repaired = await asked(["checkpoint", "repair", ...at(directory), "--until", until])
    expect(repaired).toMatchObject({ code: 0, json: { pipeline: "totals", until: Number(until), kept: Number(until) } })
    expect(existsSync(repaired.json.setAside)).toBe(true)
    expect((await asked(["checkpoint", "inspect", ...at(directory)])).code).toBe(0)
    expect((await run("one", directory)).code).toBe(0)
  })
})

describe("millrace checkpoint check", () => {
  it("says what a start would say, and starts nothing", async () => {
    const directory = folder()
    const env = { CHECKPOINTS: directory }
    const empty = await asked(["checkpoint", "check", ...entry("one")], env)
    expect(empty).toMatchObject({ code: 0, json: { isCompatible: true, epoch: 0, batch: 0 } })
    await run("one", directory, { rows: 3 })
    expect((await millrace(["checkpoint", "check", ...entry("one")], env)).stdout).toBe(`Pipeline "totals" goes on with batch 2\n`)
    const newer = await asked(["checkpoint", "check", ...entry("two")], env)
    expect(newer).toMatchObject({ code: 0, json: { migrations: [{ operator: "sums", from: 1, to: 2 }] } })
    const renamed = await asked(["checkpoint", "check", ...entry("renamed")], env)
    expect(renamed).toMatchObject({
      code: 3,
      json: { isCompatible: false, changes: [{ _tag: "OperatorMissing", name: "sums", count: 2 }] }
    })
    const { code, stdout } = await millrace(["checkpoint", "check", ...entry("renamed")], env)
    expect(code).toBe(3)
    expect(stdout).toContain(`- Operator "sums" is no longer in the pipeline, with 2 entries. Give what it remembers to another`)
    expect((await asked(["checkpoint", "inspect", ...at(directory)])).json.epoch).toBe(1)
  })

  it("and the program does as it says", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    const refused = await run("renamed", directory, { rows: 5 })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`Operator "sums" is no longer in the pipeline, with 2 entries`)
    expect((await run("two", directory, { rows: 5 })).stdout).toBe(`["b",12]\n["c",7]\n`)
    const older = await asked(["checkpoint", "check", ...entry("one"), ...at(directory)])
    expect(older).toMatchObject({ code: 3, json: { changes: [{ _tag: "MigrationMissing" }] } })
  })
})

describe("millrace checkpoint drop, rename", () => {
  it("gives an operator another name, also where a process was killed", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    await run("one", directory, { rows: 5, mode: "kill" })
    const renamed = await asked(["checkpoint", "rename", "sums", "totals by key", ...at(directory)])
    expect(renamed).toMatchObject({ code: 0, json: { renamed: "sums", to: "totals by key" } })
    expect((await asked(["checkpoint", "check", ...entry("renamed"), ...at(directory)])).code).toBe(0)
    expect((await run("renamed", directory)).stdout).toBe(`["a",104]\n["d",4]\n`)
  })

  it("gives up what an operator remembers", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    expect((await millrace(["checkpoint", "drop", "sums", ...at(directory)])).code).toBe(0)
    expect((await run("renamed", directory, { rows: 5 })).stdout).toBe(`["b",10]\n["c",7]\n`)
  })

  it("refuses what it does not know, and changes nothing", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    const before = (await asked(["checkpoint", "inspect", ...at(directory)])).json.operators
    const { code, json } = await asked(["checkpoint", "drop", "sum", ...at(directory)])
    expect(code).toBe(1)
    expect(json.error).toMatchObject({ kind: "Refused" })
    expect(json.error.message).toContain(`has no operator "sum". It has "sums"`)
    expect((await asked(["checkpoint", "inspect", ...at(directory)])).json.operators).toEqual(before)
  })

  it("leaves a pipeline that runs alone", async () => {
    const directory = folder()
    await runLive("one", directory)
    for (const args of [["drop", "sums"], ["rename", "sums", "other"], ["repair", "--until", "1"]]) {
      const { code, json } = await asked(["checkpoint", ...args, ...at(directory)])
      expect([code, json.error.kind]).toEqual([1, "CheckpointInUse"])
    }
    expect((await asked(["checkpoint", "inspect", ...at(directory)])).json.epoch).toBe(1)
  })
})

describe("millrace checkpoint export, import, diff", () => {
  it("carries a checkpoint elsewhere, with the batches that nobody may have", async () => {
    const [directory, exported, other] = [folder(), folder(), folder()]
    await run("one", directory, { rows: 3 })
    await run("one", directory, { rows: 5, mode: "kill" })
    expect((await asked(["checkpoint", "export", exported, ...at(directory)])).code).toBe(0)
    expect(readdirSync(exported).sort()).toEqual(["journal.ndjson", "manifest.json", "operators"])
    const lines = readFileSync(join(exported, "operators", "1.ndjson"), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line))
    expect(lines.filter((line) => "name" in line).map(({ name }) => name)).toEqual(expect.arrayContaining(["a", "b", "c"]))
    const imported = await asked(["checkpoint", "import", exported, ...at(other)])
    expect(imported).toMatchObject({ code: 0, json: { pipeline: "totals", directory: other } })
    const { json } = await asked(["checkpoint", "diff", other, ...at(directory)])
    const what = json.differences.map((difference: { readonly what: string }) => difference.what)
    // The same, but for what is in the snapshot and what behind it.
    expect(what.filter((each: string) => !each.includes("snapshot"))).toEqual([])
    expect((await run("one", other)).stdout).toBe((await run("one", directory)).stdout)
    const again = await asked(["checkpoint", "import", exported, ...at(other)])
    expect(again).toMatchObject({ code: 1, json: { error: { kind: "Refused" } } })
    const twice = await asked(["checkpoint", "export", exported, ...at(directory)])
    expect(twice).toMatchObject({ code: 1, json: { error: { kind: "NotWritten" } } })
  })

  it("tells two checkpoints apart, and a checkpoint from a program", async () => {
    const [left, right] = [folder(), folder()]
    await run("one", left, { rows: 3 })
    await run("two", right, { rows: 5 })
    const { code, json } = await asked(["checkpoint", "diff", right, ...at(left)])
    expect(code).toBe(0)
    expect(json.differences).toEqual(expect.arrayContaining([
      { what: `version of operator "sums"`, before: "1", after: "2" },
      { what: `entries of operator "sums"`, before: "2", after: "3" },
      { what: `position of receiver "rows"`, before: "3", after: "5" }
    ]))
    expect((await millrace(["checkpoint", "diff", left, ...at(left)])).stdout).toBe("No differences\n")
    expect((await millrace(["checkpoint", "diff", ...entry("renamed"), ...at(left)])).code).toBe(3)
  })

  it("refuses what is no export, and writes nothing of it", async () => {
    const [exported, other] = [folder(), folder()]
    const nothing = await asked(["checkpoint", "import", exported, ...at(other)])
    expect(nothing).toMatchObject({ code: 1, json: { error: { kind: "NotRead" } } })
    await run("one", other, { rows: 3 })
    const made = join(folder(), "export")
    await millrace(["checkpoint", "export", made, ...at(other)])
    writeFileSync(join(made, "journal.ndjson"), `{"_tag":"Prepared","batch":"x"}\n`)
    const target = folder()
    const bad = await asked(["checkpoint", "import", made, ...at(target)])
    expect(bad).toMatchObject({ code: 1, json: { error: { kind: "Refused" } } })
    writeFileSync(join(made, "journal.ndjson"), "secret words\n")
    const worse = await asked(["checkpoint", "import", made, ...at(target)])
    expect(worse.json.error.message).toContain("line 1 of journal.ndjson is no JSON")
    expect(worse.json.error.message).not.toContain("secret")
    expect((await asked(["checkpoint", "inspect", "--pipeline", "totals", ...at(target)])).json.nextBatch).toBe(1)
  })
})
