/** Where everything is below the directory of a checkpoint, and what names mean there. */
import { crc32c } from "./crc32c.ts"

/** The places of one pipeline. */
export interface Layout {
  readonly home: string
  readonly meta: string
  readonly epochs: string
  readonly journal: string
  readonly snapshots: string
  readonly deadLetters: string
  readonly reserve: string
}

export const layoutOf = (directory: string, pipeline: string): Layout => {
  const home = `${directory.replace(/\/+$/, "")}/${nameOf(pipeline)}`
  return {
    home,
    meta: `${home}/META.json`,
    epochs: `${home}/epochs`,
    journal: `${home}/journal`,
    snapshots: `${home}/snap`,
    deadLetters: `${home}/dlq`,
    reserve: `${home}/reserve.bin`
  }
}

/** Why nothing can be kept in a directory of that name, if so. */
export const directoryProblem = (directory: string): string | undefined => {
  const path = JSON.stringify(directory)
  if (directory.trim() === "") return `cannot be kept: ${path} names no directory. Give one, such as "checkpoints"`
  return directory.includes("\0") ? `cannot be kept: ${path} has a NUL in it, which no path may have` : undefined
}

const longestName = 180

/** A name that every file system takes: letters, digits, `-` and `_` stand for themselves, other bytes are `%XX`. */
export const nameOf = (given: string): string => {
  const bytes = new TextEncoder().encode(given)
  let name = ""
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte)
    name += /[\w-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  }
  if (name.length <= longestName) return name === "" ? "%" : name
  return `${name.slice(0, longestName)}~${crc32c(bytes).toString(16).padStart(8, "0")}`
}

const padded = (number: number, digits: number): string => String(number).padStart(digits, "0")

export const epochName = (epoch: number): string => padded(epoch, 10)

/** Beside an epoch whose owner gave it back. */
export const releasedName = (epoch: number): string => `${epochName(epoch)}.released`

export const segmentName = (epoch: number, number: number): string => `${epochName(epoch)}-${padded(number, 8)}.mrj`

export const snapshotName = (epoch: number, lsn: number): string => `${epochName(epoch)}-${padded(lsn, 12)}`

/** What a snapshot that is not finished begins with. */
export const unfinished = "tmp-"

export const epochOf = (name: string): number | undefined => numberIn(/^(\d{10,15})$/, name)

export const releasedOf = (name: string): number | undefined => numberIn(/^(\d{10,15})\.released$/, name)

const numberIn = (pattern: RegExp, name: string): number | undefined => {
  const digits = pattern.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Names of other files mean nothing here. */
export const segmentOf = (name: string): { readonly epoch: number; readonly number: number } | undefined => {
  const found = /^(\d{10,15})-(\d{8,10})\.mrj$/.exec(name)
  return found === null ? undefined : { epoch: Number(found[1]), number: Number(found[2]) }
}

export const isSnapshotName = (name: string): boolean => /^\d{10,15}-\d{12,16}$/.test(name)
