/** What the letters of a batch are called: a file, and each of its lines. */
import { nameOf } from "./layout.ts"

const batchDigits = 12

/** Under which name the letters of a batch from one output are kept. Names sort by batch. */
export const groupName = (batch: number, source: string): string =>
  `${String(batch).padStart(batchDigits, "0")}-${nameOf(source)}`

export const batchOfGroup = (group: string): number | undefined => {
  const digits = /^(\d{12,16})-/.exec(group)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export const letterId = (group: string, index: number): string => `${group}.${index}`

/** A name that is no id gives nothing. */
export const parseId = (id: string): { readonly group: string; readonly index: number } | undefined => {
  const found = /^(\d{12,16}-[\w%~-]+)\.(\d{1,9})$/.exec(id)
  return found === null ? undefined : { group: found[1] ?? "", index: Number(found[2]) }
}

/** Ids by the group that they are in. */
export const byGroup = (ids: ReadonlyArray<string>): ReadonlyMap<string, ReadonlySet<number>> => {
  const groups = new Map<string, Set<number>>()
  for (const id of ids) {
    const parsed = parseId(id)
    if (parsed === undefined) continue
    const group = groups.get(parsed.group)
    if (group === undefined) groups.set(parsed.group, new Set([parsed.index]))
    else group.add(parsed.index)
  }
  return groups
}

/**
 * A group without letters stays for this many batches, so that a batch that comes again is known. No batch comes again
 * once so many have come after it: far fewer are on their way to the outputs at a time.
 */
export const rememberedBatches = 10_000

export const defaultLimit = 10_000
