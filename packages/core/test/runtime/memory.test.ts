import { assert, describe, it } from "vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const program = fileURLToPath(new URL("./programs/flood.ts", import.meta.url))

interface Report {
  /** Bytes in use after garbage collection, above those before the start, at most. */
  readonly growth: number
  readonly suspendedBlocks: number
  readonly completedBatches: number
  readonly processedRecords: number
  readonly waitingRecords: number
  readonly delivered: number
  readonly outOfOrder: number
  /** Records that were made and never delivered. */
  readonly left: number
}

const megabyte = 1024 * 1024

const flood = async (bufferBytes: number, batchInterval: number, most: number): Promise<Report> => {
  const flags = ["--conditions=@millrace/source", "--expose-gc"]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, program, ...[bufferBytes, batchInterval, most].map(String)],
    { timeout: 25_000, env: { ...process.env, NODE_OPTIONS: "" } }
  )
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
}

describe("a slow output", () => {
  it("keeps memory bounded for as long as the source floods, and drops nothing", async () => {
    const bound = 24 * megabyte
    const held = await flood(2 * megabyte, 50, 1_000_000_000)
    assert.isBelow(held.growth, bound)
    assert.strictEqual(held.suspendedBlocks, 1)
    assert.isAtLeast(held.completedBatches, 5)
    assert.isAtLeast(held.delivered, 50_000)
    assert.deepStrictEqual([held.outOfOrder, held.waitingRecords], [0, 0])
    assert.strictEqual(held.processedRecords, held.delivered)
    assert.isAtMost(held.left, 100)
    // What the bound is worth: the same flood, cut off at half a million records, where there is room for all of it.
    const free = await flood(1024 * megabyte, 3_600_000, 500_000)
    assert.isAbove(free.growth, 2 * bound)
    assert.strictEqual(free.suspendedBlocks, 0)
  })
})
