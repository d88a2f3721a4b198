/** A checkpoint and the pipeline as it is now: what becomes of what is remembered, or why it cannot go on. */
import { compareManifests, type Comparison, type Facts, type Migration, type Remedies } from "./compareManifests.ts"
import type { Recovery } from "./decideRecovery.ts"
import type { Change, Current, Manifest } from "./Manifest.ts"
import { readManifest } from "./readManifest.ts"
import { field } from "./records.ts"

/** Plain data but for `nameOf`. */
export interface Evolution {
  readonly changes: ReadonlyArray<Change>
  readonly notes: ReadonlyArray<string>
  readonly migrations: ReadonlyArray<Migration>
  /** Whether what is stored differs from what will be remembered, so that a snapshot is due. */
  readonly isChanged: boolean
  /** What an operator of the checkpoint is called now; `undefined` where it is given up. */
  readonly nameOf: (operator: string, era: number) => string | undefined
}

/** Each part is held against the manifest that was in force when it was written. */
export const evolve = (recovery: Recovery, now: Current, remedies: Remedies): Evolution => {
  const last = recovery.eras.length - 1
  const comparisons = new Map<number, Comparison>()
  const data = dataOf(recovery)
  recovery.eras.forEach((manifest, era) => {
    const stored = data.get(era) ?? new Map<string, ReadonlyArray<unknown>>()
    if (stored.size === 0 && era !== last) return
    const facts: Facts = {
      operators: new Set(stored.keys()),
      entries: (operator) => entriesOf(stored.get(operator) ?? []),
      unconsumed: era === last ? counted(recovery.pending.map(({ data }) => data.receiver)) : new Map(),
      positions: era === last ? new Set(recovery.positions.keys()) : new Set(),
      uncommitted: era === last ? counted(recovery.batches.flatMap(({ unconfirmed }) => unconfirmed)) : new Map()
    }
    comparisons.set(era, compareManifests(readManifest(manifest), now, facts, remedies))
  })
  const all = [...comparisons.values()]
  const migrations = distinct(all.flatMap(({ migrations }) => migrations))
  return {
    changes: largest(all.flatMap(({ changes }) => changes)),
    notes: isFirst(recovery) ? [] : distinct([...all.flatMap(({ notes }) => notes), ...freshNotes(all)]),
    migrations,
    isChanged: migrations.length > 0 || leaves(recovery, now.manifest) ||
      all.some(({ operators }) => [...operators].some(([before, after]) => before !== after)),
    nameOf: (operator, era) => comparisons.get(era)?.operators.get(operator)
  }
}

/** What no part of the checkpoint knows. */
const freshNotes = ([first, ...others]: ReadonlyArray<Comparison>): ReadonlyArray<string> =>
  (first?.fresh ?? []).filter((name) => others.every(({ fresh }) => fresh.includes(name)))
    .map((name) => `Operator ${JSON.stringify(name)} is new and starts empty`)

/** Whether it holds something of a receiver or an output that is no more, which the next snapshot does without. */
const leaves = ({ batches, pending, positions }: Recovery, { outputs, receivers }: Manifest): boolean =>
  [...positions.keys()].some((position) => !receivers.some(({ name }) => name === position)) ||
  pending.some(({ data }) => !receivers.some(({ name }) => name === data.receiver)) ||
  batches.some(({ unconfirmed }) => unconfirmed.some((output) => !outputs.some(({ name }) => name === output)))

const isFirst = ({ eras, snapshot }: Recovery): boolean => snapshot === undefined && eras.length === 1

/** By era and operator: the deltas. */
const dataOf = ({ batches, snapshot }: Recovery): ReadonlyMap<number, ReadonlyMap<string, ReadonlyArray<unknown>>> => {
  const eras = new Map<number, Map<string, Array<unknown>>>()
  const add = (era: number, operator: string, delta: unknown) => {
    const operators = eras.get(era) ?? new Map<string, Array<unknown>>()
    eras.set(era, operators)
    const deltas = operators.get(operator)
    if (deltas === undefined) operators.set(operator, [delta])
    else deltas.push(delta)
  }
  for (const { delta, operator } of snapshot?.states ?? []) add(0, operator, delta)
  for (const { changes, era } of batches) for (const { delta, operator } of changes) add(era, operator, delta)
  return eras
}

/** How many names there are, after all. What a memory says besides counts as one, where there is nothing else. */
export const entriesOf = (deltas: ReadonlyArray<unknown>): number => {
  const names = new Set<string>()
  let hasRest = false
  for (const delta of deltas) {
    const removed = field(delta, "removed")
    const set = field(delta, "names")
    if (Array.isArray(removed)) for (const name of removed) names.delete(JSON.stringify(name))
    if (Array.isArray(set)) for (const name of set) names.add(JSON.stringify(name))
    if (field(delta, "rest") !== undefined) hasRest = true
  }
  return names.size === 0 && hasRest ? 1 : names.size
}

const counted = (names: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** What is wrong in several parts for the same reason is said once, of the part with the most entries. */
const largest = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> => {
  const kept = new Map<string, Change>()
  for (const change of changes) {
    const key = JSON.stringify([change._tag, change.name, change.remedy])
    const other = kept.get(key)
    if (other === undefined || other.count < change.count) kept.set(key, change)
  }
  return [...kept.values()]
}

const distinct = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
