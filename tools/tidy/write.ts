// Renews what tidy can renew by itself: the picture of the imports, and allowances that are larger than what is used.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { document, draw, withPicture } from "./picture.ts"
import { read } from "./Repository.ts"
import { allowancesFile, readAllowances } from "./rules.ts"

const root = join(import.meta.dirname, "../..")
const repository = read(root)

const file = join(root, document)
writeFileSync(file, withPicture(readFileSync(file, "utf8"), draw(repository)))

const lowered = Object.entries(readAllowances()).flatMap(([path, { any, as, reason }]) => {
  const used = repository.modules.get(path)
  if (used === undefined || used.anys.length + used.casts.length === 0) return []
  return [[path, { any: Math.min(any, used.anys.length), as: Math.min(as, used.casts.length), reason }] as const]
})
writeFileSync(allowancesFile, `${JSON.stringify(Object.fromEntries(lowered), undefined, 2)}\n`)
