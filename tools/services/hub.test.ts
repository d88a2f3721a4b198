import { afterEach, expect, it } from "vitest"
import { openHub } from "./hub.ts"
import { hubVariable, shared } from "./shared.ts"

const before = process.env[hubVariable]

afterEach(() => {
  if (before !== undefined) process.env[hubVariable] = before
})

it("is there while tests run", () => {
  expect(before).toBeDefined()
})

it("looks once for all who ask, and tells them what it found", async () => {
  let looks = 0
  const close = await openHub({
    Sink: async () => ({ server: { url: `sink:${++looks}` }, isStarted: true }),
    Drain: async () => ({ missing: "nobody dug one" }),
    Pump: async () => {
      throw new Error("it broke")
    }
  })
  const own = async () => ({ server: { url: "mine" } })
  const found = await Promise.all(["Sink", "Sink", "Drain", "Pump", "Well"].map((name) => shared(name, own)()))
  await close()
  expect(found).toEqual([
    { server: { url: "sink:1" }, isStarted: true },
    { server: { url: "sink:1" }, isStarted: true },
    { missing: "nobody dug one" },
    { missing: "it broke" },
    { server: { url: "mine" } }
  ])
})

it("is not needed", async () => {
  delete process.env[hubVariable]
  expect(await shared("Sink", async () => ({ missing: "none" }))()).toEqual({ missing: "none" })
})
