import { assert, describe, it } from "vitest"
import { join } from "node:path"
import { read, show } from "./Repository.ts"
import { rules } from "./rules.ts"

const repository = read(join(import.meta.dirname, "../.."))

describe("the repository", () => {
  it.each(Object.entries(rules))("%s", (_, rule) => {
    assert.deepStrictEqual(rule(repository).map(show), [])
  })
})
