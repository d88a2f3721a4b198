import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { asked, folder, millrace, program, run } from "./support.ts"

const entry = (name: string) => ["--entry", program(name)]

describe("millrace", () => {
  const commands: ReadonlyArray<readonly [command: string, says: ReadonlyArray<string>]> = [
    ["", ["checkpoint", "dead-letters", "replay", "plan"]],
    ["checkpoint", ["inspect", "check", "diff", "export", "import", "drop", "rename", "repair"]],
    ["checkpoint inspect", ["--directory", "--entry", "--pipeline", "--json"]],
    ["checkpoint check", ["--entry"]],
    ["checkpoint diff", ["other"]],
    ["checkpoint export", ["to"]],
    ["checkpoint import", ["from", "never overwritten"]],
    ["checkpoint drop", ["operator"]],
    ["checkpoint rename", ["old", "new"]],
    ["checkpoint repair", ["--until", "explicit loss"]],
    ["dead-letters", ["list", "show", "redrive"]],
    ["dead-letters redrive", ["--all"]],
    ["replay", ["batch", "none is called"]],
    ["plan", ["--format"]]
  ]

  it.each(commands)("explains itself: %s --help", async (command, says) => {
    const { code, stderr, stdout } = await millrace([...command.split(" ").filter((word) => word !== ""), "--help"])
    expect(code).toBe(0)
    expect(stderr).toBe("")
    for (const word of says) expect(stdout).toContain(word)
  })

  const wrong: ReadonlyArray<readonly [args: string, says: string]> = [
    ["chekpoint", "Unknown subcommand"],
    ["checkpoint inspekt", "Unknown subcommand"],
    ["checkpoint inspect", "Say where the checkpoint is"],
    ["checkpoint inspect --dir here", "Unrecognized flag"],
    ["checkpoint check", "--entry"],
    ["checkpoint rename one", "new"],
    ["checkpoint repair --directory . --until soon", "--until"],
    ["replay twelve --entry x", "batch"]
  ]

  it.each(wrong)("ends with 2 where it is no command: %s", async (args, says) => {
    const { code, stderr, stdout } = await millrace(args.split(" "))
    expect(code).toBe(2)
    expect(stdout + stderr).toContain(says)
  })

  const absent: ReadonlyArray<readonly [args: string, kind: string]> = [
    ["checkpoint inspect --directory HERE/nowhere", "NoDirectory"],
    ["checkpoint inspect --directory HERE", "NoCheckpoint"],
    ["checkpoint drop sums --directory HERE --pipeline totals", "Refused"],
    ["checkpoint check --entry HERE/nowhere.ts", "NoEntry"],
    ["checkpoint check --entry nothing", "BadEntry"],
    ["checkpoint check --entry broken", "BadEntry"],
    ["checkpoint check --entry invalid --directory HERE", "InvalidPipeline"],
    ["dead-letters show 9-9 --directory HERE --pipeline totals", "NoDeadLetter"]
  ]

  it.each(absent)("ends with 1 where something is not there, or not what it should be: %s", async (line, kind) => {
    const directory = folder()
    const args = line.replace("HERE", directory).split(" ").map((word, index, words) =>
      words[index - 1] === "--entry" && !word.includes("/") ? program(word) : word
    )
    const { code, json, stderr } = await asked(args)
    expect([code, json.error.kind, stderr]).toEqual([1, kind, ""])
    const said = await millrace(args)
    expect([said.code, said.stderr.trimEnd(), said.stdout]).toEqual([1, json.error.message, ""])
  })

  it("asks which pipeline, where there are several", async () => {
    const directory = folder()
    await run("one", directory, { rows: 1 })
    mkdirSync(join(directory, "other"))
    writeFileSync(join(directory, "other", "META.json"), JSON.stringify({ format: 1, pipeline: "other" }))
    const { code, json } = await asked(["checkpoint", "inspect", "--directory", directory])
    expect([code, json.error.message]).toEqual([2, "There are several pipelines, other, totals: say which with --pipeline"])
    expect((await asked(["checkpoint", "inspect", "--directory", directory, "--pipeline", "totals"])).code).toBe(0)
    const none = await asked(["checkpoint", "inspect", "--directory", directory, "--pipeline", "total"])
    expect([none.code, none.json.error.message]).toEqual([1, "There is no checkpoint of pipeline \"total\", only of other, totals"])
  })
})

describe("millrace plan", () => {
  it("shows the plan as text, as a flowchart and as JSON", async () => {
    const text = await millrace(["plan", ...entry("one")])
    expect(text.code).toBe(0)
    expect(text.stdout).toContain("mapWithState")
    expect((await millrace(["plan", "--format", "mermaid", ...entry("one")])).stdout).toMatch(/^flowchart /)
    const { json } = await asked(["plan", ...entry("one")])
    expect(json).toMatchObject({ pipeline: "totals", isCompiled: true })
    expect(`${json.plan}\n`).toBe(text.stdout)
  })

  it("ends with 3 for a pipeline that cannot be compiled", async () => {
    const { code, json } = await asked(["plan", ...entry("invalid")])
    expect([code, json.isCompiled]).toEqual([3, false])
  })
})

describe("millrace replay", () => {
  it("prints what a batch does, and does nothing", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    await run("one", directory, { rows: 5, mode: "kill" })
    const { json: { batches } } = await asked(["checkpoint", "inspect", "--directory", directory])
    const { batch } = batches.find(({ records }: { readonly records: number }) => records === 2)
    const env = { CHECKPOINTS: directory, ROWS: "5" }
    for (const turn of [1, 2]) {
      const { code, json } = await asked(["replay", String(batch), ...entry("one")], env)
      expect({ turn, code, json }).toMatchObject({
        code: 0,
        json: { batch, records: 2, outputs: [{ output: "printed", items: [["b", 12], ["c", 7]] }] }
      })
    }
    const { stdout } = await millrace(["replay", String(batch), ...entry("one")], env)
    expect(stdout).toMatch(/^Batch \d+ of \S+: 2 records\nprinted: 2 items\n {2}\["b",12\]\n {2}\["c",7\]\n$/)
    expect((await asked(["checkpoint", "inspect", "--directory", directory])).json.batches).toEqual(batches)
  })

  it("goes back behind the newest snapshot, while there is one before", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    await run("one", directory, { rows: 5 })
    const { code, json } = await asked(["replay", "2", ...entry("one")], { CHECKPOINTS: directory, ROWS: "5" })
    expect([code, json.outputs]).toEqual([0, [{ output: "printed", items: [["b", 12], ["c", 7]] }]])
  })

  it("says that the program does something else than it did", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3, mode: "kill" })
    const { json: { batches } } = await asked(["checkpoint", "inspect", "--directory", directory])
    const { batch } = batches.find(({ records }: { readonly records: number }) => records === 3)
    // The rows are others than they were: two of three.
    const { code, json } = await asked(["replay", String(batch), ...entry("one")], { CHECKPOINTS: directory, ROWS: "2" })
    expect([code, json.differs]).toEqual([3, "printed"])
  })

  it("names the batches that there are", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3, mode: "kill" })
    const { code, json } = await asked(["replay", "1000", ...entry("one")], { CHECKPOINTS: directory })
    expect([code, json.error.kind]).toEqual([1, "BatchGone"])
    expect(json.error.message).toMatch(/has no batch 1000: those from 1 to \d+ can be had/)
  })
})

describe("millrace dead-letters", () => {
  it("lists, shows and hands back what a run set aside", async () => {
    const directory = folder()
    const env = { CHECKPOINTS: directory }
    expect((await run("letters", directory)).code).toBe(0)
    const { code, json } = await asked(["dead-letters", "list", "--directory", directory])
    expect(code).toBe(0)
    expect(json).toMatchObject([
      { batch: 1, from: "step", error: { name: "Error", message: "no number" } },
      { batch: 1, from: "step", error: { name: "Error", message: "no number" } }
    ])
    expect((await asked(["dead-letters", "list", "--limit", "1", ...entry("letters")], env)).json).toEqual(json.slice(1))
    const [first, second] = json.map(({ id }: { readonly id: string }) => id)
    expect((await millrace(["dead-letters", "list", ...entry("letters")], env)).stdout).toContain(first)
    const shown = await asked(["dead-letters", "show", first, "--directory", directory])
    expect(shown.json).toMatchObject({ id: first, payload: `"two"` })
    const refused = await asked(["dead-letters", "redrive", "--all", ...entry("letters")], { ...env, REFUSED: "four" })
    expect([refused.code, refused.json.error.kind]).toEqual([1, "NotTaken"])
    expect((await asked(["dead-letters", "list", "--directory", directory])).json).toEqual(json.slice(1))
    const back = await asked(["dead-letters", "redrive", second, ...entry("letters")], env)
    expect([back.code, back.json]).toEqual([0, { redriven: 1 }])
    expect(readFileSync(join(directory, "again"), "utf8")).toBe(`"two"\n"four"\n`)
    expect((await millrace(["dead-letters", "list", "--directory", directory])).stdout).toBe("No dead letters\n")
    const gone = await asked(["dead-letters", "show", first, "--directory", directory])
    expect([gone.code, gone.json.error.kind]).toEqual([1, "NoDeadLetter"])
  })

  it("asks for what is missing", async () => {
    expect((await millrace(["dead-letters", "redrive", ...entry("letters")])).code).toBe(2)
    const without = await asked(["dead-letters", "redrive", "--all", ...entry("one")], { CHECKPOINTS: folder() })
    expect([without.code, without.json.error.kind]).toEqual([1, "NoRedrive"])
    const none = await asked(["dead-letters", "list", ...entry("one")], { CHECKPOINTS: folder() })
    expect([none.code, none.json.error.message]).toEqual([2, "The layer of the entry has no DeadLetters: use --directory"])
  })
})
