/** Where the last line of a file begins, that may not be whole. */
import { at } from "./locate.ts"
import type { Opened } from "./openRegular.ts"

const lf = 0x0a
const reach = 64 * 1024

/** After the last newline, or after the last 64 KiB where there is none in them. */
export const lineStart = async (path: string, { handle, stats }: Opened): Promise<number> => {
  const size = Number(stats.size)
  const from = Math.max(0, size - reach)
  const buffer = Buffer.alloc(size - from)
  const { bytesRead } = await at(path, handle.read(buffer, 0, buffer.length, from))
  const newline = buffer.subarray(0, bytesRead).lastIndexOf(lf)
  return newline === -1 ? from === 0 ? 0 : size : from + newline + 1
}
