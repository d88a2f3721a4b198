import { assert, describe, it } from "@effect/vitest"
import { EventCells } from "../../src/kernel/EventCells.ts"

const json = { encode: (value: unknown) => value, decode: (value: unknown) => value }

const made = () => new EventCells({ operator: "w", value: json, key: undefined, encoded: false, maxWindows: 10, maxKeys: 10 })

describe("EventCells", () => {
  it("forget a key with its last window, and one that got none", () => {
    const cells = made()
    cells.begin()
    const cell = cells.insert(cells.newTrack("a", "a"), undefined, 0, 1, "x")
    cells.newTrack("b", "b")
    cells.commit()
    assert.isDefined(cells.find("a"))
    assert.isUndefined(cells.find("b"))
    cells.begin()
    cells.remove(cell)
    cells.commit()
    assert.isUndefined(cells.find("a"))
  })

  it("forget a key that only a failed batch brought, and keep one that it took", () => {
    const cells = made()
    cells.begin()
    const cell = cells.insert(cells.newTrack("a", "a"), undefined, 0, 1, "x")
    cells.commit()
    cells.begin()
    cells.remove(cell)
    cells.insert(cells.newTrack("b", "b"), undefined, 0, 1, "y")
    cells.rollback()
    assert.deepStrictEqual([cells.find("a")?.newest, cells.find("a")?.oldest], [cell, cell])
    assert.isUndefined(cells.find("b"))
  })
})
