import { mkdir, stat } from "node:fs/promises"
import { dirname } from "node:path"

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false)

/**
 * Gives the first directory that was made, if any was. Node's own way never ends where a parent cannot be made, as
 * below /proc.
 */
export const makeDirectories = async (path: string): Promise<string | undefined> => {
  if (await exists(path)) return undefined
  const parent = dirname(path)
  const first = parent === path ? undefined : await makeDirectories(parent)
  try {
    await mkdir(path)
    return first ?? path
  } catch (error) {
    if (await exists(path)) return first
    throw error
  }
}
