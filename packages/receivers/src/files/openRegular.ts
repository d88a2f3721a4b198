/** Opens a file, and nothing else. */
import { type BigIntStats, constants } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { NotAFile } from "./FilesError.ts"
import { at, kindOf, Trouble } from "./locate.ts"

/** Links are not followed, and a pipe that has no writer does not hold the opening up. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

export interface Opened {
  readonly handle: FileHandle
  readonly stats: BigIntStats
}

export const openRegular = async (path: string): Promise<Opened> => {
  const handle = await at(path, open(path, flags))
  try {
    const stats = await at(path, handle.stat({ bigint: true }))
    if (!stats.isFile()) throw new Trouble(path, new NotAFile({ kind: kindOf(stats) }))
    return { handle, stats }
  } catch (error) {
    await handle.close()
    throw error
  }
}
