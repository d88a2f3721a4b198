import { existsSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"

/** Node's own way never ends where a parent cannot be made, as below /proc. */
export const makeDirectories = (path: string): void => {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeDirectories(parent)
  try {
    mkdirSync(path)
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}
