import { assert, describe, it } from "@effect/vitest"
import { alreadyChecked, tsc, typeTests } from "./tsc.ts"

describe.skipIf(alreadyChecked)("the type tests of this folder", () => {
  it("hold: the type checker has nothing to say", async () => {
    const files = await typeTests()
    assert.isAbove(files.length, 3)
    assert.deepStrictEqual(await tsc(files), { code: 0, output: "" })
  })
})
