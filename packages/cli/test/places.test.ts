/** Directories that cannot be read, or written to. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { systemText } from "../src/systemText.ts"
import { asked, folder, run } from "./support.ts"

const said = async (args: ReadonlyArray<string>) => {
  const { code, json, stderr } = await asked(args)
  expect([code, stderr]).toEqual([1, ""])
  return json.error
}

describe("a place that cannot be used", () => {
  it("is named, with what to do, where it is a file", async () => {
    const file = join(folder(), "file")
    writeFileSync(file, "")
    for (const args of [["inspect"], ["drop", "sums", "--pipeline", "totals"], ["repair", "--until", "1"]]) {
      const { kind, message } = await said(["checkpoint", ...args, "--directory", file])
      expect([kind, message]).toEqual([
        "NotRead",
        `Nothing can be read from ${file}: ${file} is no directory, or goes through a file: name the directory itself`
      ])
    }
    const letters = await said(["dead-letters", "list", "--directory", file])
    expect(letters.kind).toBe("NotRead")
    const { kind, message } = await said(["checkpoint", "import", join(file, "export"), "--directory", folder()])
    expect(kind).toBe("NotRead")
    expect(message).toContain("goes through a file")
  })

  it.skipIf(process.getuid?.() === 0)("is named, with what to do, where this user may not read it", async () => {
    const closed = join(folder(), "closed")
    mkdirSync(closed, { mode: 0 })
    const { kind, message } = await said(["checkpoint", "inspect", "--directory", closed])
    chmodSync(closed, 0o700)
    expect(kind).toBe("NotRead")
    expect(message).toContain(`this user may not use ${closed}: look at its owner and permissions`)
  })

  it.runIf(existsSync("/proc/version"))("below /proc ends, and says what there is not", async () => {
    const directory = folder()
    await run("one", directory, { rows: 3 })
    const { kind, message } = await said(["checkpoint", "export", "/proc/none/export", "--directory", directory])
    expect([kind, message]).toEqual([
      "NotWritten",
      "Nothing can be written to /proc/none/export: /proc/none is not there, and cannot be made there"
    ])
  })

  const codes: ReadonlyArray<readonly [code: string, says: RegExp]> = [
    ["EACCES", /may not use \/a\/b: look at its owner/],
    ["EPERM", /may not use \/a\/b: look at its owner/],
    ["ENOSPC", /no room for \/a\/b: make some/],
    ["EROFS", /only read: name a directory on another one/],
    ["EISDIR", /is a directory, where a file is needed/],
    ["ELOOP", /symbolic links/]
  ]

  it.each(codes)("is told in words for %s", (code, says) => {
    const error = Object.assign(new Error(`${code}: something, open '/a/b'`), { code, path: "/a/b" })
    expect(systemText(error, "/a")).toMatch(says)
  })

  it("says what was said, where nothing is known of it", () => {
    expect(systemText(new Error("it is not empty"), "/a")).toBe("it is not empty")
    expect(systemText(undefined, "/a")).toBe("undefined")
  })
})

describe("millrace checkpoint repair", () => {
  it("refuses to repair what has no journal", async () => {
    const directory = folder()
    mkdirSync(join(directory, "totals"), { mode: 0o700 })
    writeFileSync(join(directory, "totals", "META.json"), JSON.stringify({ format: 1, pipeline: "totals" }), { mode: 0o600 })
    mkdirSync(join(directory, "totals", "epochs"), { mode: 0o700 })
    writeFileSync(join(directory, "totals", "epochs", "0000000001"), "{}", { mode: 0o600 })
    const { kind, message } = await said(["checkpoint", "repair", "--directory", directory, "--until", "0"])
    expect(kind).toBe("Refused")
    expect(message).toContain("has no journal: there is nothing to repair")
    expect((await said(["checkpoint", "repair", "--directory", directory, "--until=-1"])).message).toContain("give a whole number")
  })
})
