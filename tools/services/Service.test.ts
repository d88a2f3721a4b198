import { describe, expect, it } from "vitest"
import { needed, service } from "./Service.ts"

describe("service", () => {
  it("looks once, and gives what it found", async () => {
    let looks = 0
    const find = service("a server", async () => ({ server: ++looks }))
    expect([await find(), await find()]).toEqual([1, 1])
  })

  it("fails where a server is required and missing, and says why", async () => {
    const before = process.env["MILLRACE_REQUIRE_SERVICES"]
    process.env["MILLRACE_REQUIRE_SERVICES"] = "1"
    try {
      const find = service("a server", async () => ({ missing: "none" }))
      await expect(find()).rejects.toThrow("No a server for the tests: none")
      const start = needed("a server", async (why: string) => ({ missing: why }))
      await expect(start("no port")).rejects.toThrow("No a server of its own for a test: no port")
    } finally {
      if (before === undefined) delete process.env["MILLRACE_REQUIRE_SERVICES"]
      else process.env["MILLRACE_REQUIRE_SERVICES"] = before
    }
  })
})
