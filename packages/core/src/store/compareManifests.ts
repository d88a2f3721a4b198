/** What stands in the way of going on with the pipeline as it is now. */
import type { Change, Current, Manifest, OperatorEntry, Readable } from "./Manifest.ts"

/** What a checkpoint holds, besides its manifest. */
export interface Facts {
  /** Names of the operators that something is remembered of. */
  readonly operators: ReadonlySet<string>
  /** How many entries an operator has. Asked only where something is wrong with it. */
  readonly entries: (operator: string) => number
  /** By receiver: `Data` records that no batch has taken. */
  readonly unconsumed: ReadonlyMap<string, number>
  /** Receivers whose place in their source is known. */
  readonly positions: ReadonlySet<string>
  /** By output: batches that it is not known to have. */
  readonly uncommitted: ReadonlyMap<string, number>
}

/** What the user says of it. */
export interface Remedies {
  readonly drop: ReadonlyArray<string>
  readonly rename: Readonly<Record<string, string>>
}

/** A step in versions that what an operator remembers will take. */
export interface Migration {
  readonly operator: string
  readonly from: number
  readonly to: number
}

/** Plain data. Without changes the run may go on. */
export interface Comparison {
  readonly changes: ReadonlyArray<Change>
  /** What is as well to know. */
  readonly notes: ReadonlyArray<string>
  readonly migrations: ReadonlyArray<Migration>
  /** Operators that the manifest does not know. */
  readonly fresh: ReadonlyArray<string>
  /** By name in the checkpoint: the name now, or `undefined` for what is given up. */
  readonly operators: ReadonlyMap<string, string | undefined>
}

export const compareManifests = (
  before: Manifest,
  now: Current,
  facts: Facts,
  { drop, rename }: Remedies = { drop: [], rename: {} }
): Comparison => {
  const changes: Array<Change> = []
  const notes: Array<string> = []
  const migrations: Array<Migration> = []
  const operators = new Map<string, string | undefined>()
  const entryOf = new Map(now.manifest.operators.map((entry) => [entry.name, entry]))
  const taken = new Map<string, string>()
  for (const name of facts.operators) {
    const target = entryOf.has(name) || !Object.hasOwn(rename, name) ? name : rename[name] ?? name
    const entry = entryOf.get(target)
    const stored = before.operators.find((each) => each.name === name)
    const found = entry === undefined
      ? [missing(name, target)]
      : taken.has(target)
      ? [clash(name, target, taken.get(target) ?? "")]
      : stored === undefined
      ? []
      : differences(stored, entry, now.readable.get(target) ?? new Map())
    const count = found.length === 0 ? 0 : facts.entries(name)
    if (found.length === 0) {
      operators.set(name, target)
      taken.set(target, name)
      if (target !== name) notes.push(`Operator ${quoted(name)} goes on as ${quoted(target)}`)
      if (stored !== undefined && entry !== undefined && stored.stateVersion < entry.stateVersion) {
        migrations.push({ operator: target, from: stored.stateVersion, to: entry.stateVersion })
      }
      continue
    }
    operators.set(name, undefined)
    if (drop.includes(name)) notes.push(`${entries(count)} of operator ${quoted(name)} are given up, as asked for`)
    else if (count > 0) changes.push(...found.map((change) => ({ ...change, name, count, problem: `${change.problem}, with ${entries(count)}` })))
  }
  const fresh = now.manifest.operators.flatMap(({ name }) =>
    taken.has(name) || before.operators.some((each) => each.name === name) ? [] : [name]
  )
  changes.push(...gone(facts, now.manifest, drop))
  return { changes, notes, migrations, fresh, operators }
}

type Difference = Pick<Change, "_tag" | "problem" | "remedy">

const quoted = (name: string): string => JSON.stringify(name)

const entries = (count: number): string => count === 1 ? "1 entry" : `${count} entries`

const missing = (name: string, target: string): Difference => ({
  _tag: "OperatorMissing",
  problem: target === name
    ? `Operator ${quoted(name)} is no longer in the pipeline`
    : `Operator ${quoted(name)} is to be ${quoted(target)}, which is not in the pipeline`,
  remedy: `Give what it remembers to another with rename: { ${quoted(name)}: "…" }, or give it up with ${dropping(name)}`
})

const clash = (name: string, target: string, other: string): Difference => ({
  _tag: "OperatorMissing",
  problem: `Operator ${quoted(name)} is to be ${quoted(target)}, which goes on with what ${quoted(other)} remembers`,
  remedy: `Rename it to another name, or give it up with ${dropping(name)}`
})

const dropping = (name: string): string => `drop: [${quoted(name)}]`

const anew = (name: string): string =>
  `Go back, give the operator a new name, or start it empty with ${dropping(name)}`

const differences = (stored: OperatorEntry, now: OperatorEntry, readable: Readable): ReadonlyArray<Difference> => {
  const { name } = stored
  const remedy = anew(name)
  if (stored.kind !== now.kind) {
    const problem = `Operator ${quoted(name)} was ${stored.kind} and is ${now.kind}`
    return [{ _tag: "OperatorKindChanged", problem, remedy }]
  }
  const found: Array<Difference> = []
  if (stored.keyFingerprint !== now.keyFingerprint) {
    found.push({ _tag: "KeyChanged", problem: `The keys of operator ${quoted(name)} are written in another form`, remedy })
  }
  const parameters = differing(stored.parameters, now.parameters)
  if (parameters.length > 0) {
    found.push({
      _tag: "ParametersChanged",
      problem: `Operator ${quoted(name)} means something else: ${parameters.join(", ")}`,
      remedy
    })
  }
  const state = stateDifference(stored, now, readable)
  return state === undefined ? found : [...found, state]
}

const differing = (
  before: OperatorEntry["parameters"],
  now: OperatorEntry["parameters"]
): ReadonlyArray<string> =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().filter((name) => before[name] !== now[name])
    .map((name) => `${name} was ${before[name] ?? "not set"} and is ${now[name] ?? "not set"}`)

const stateDifference = (stored: OperatorEntry, now: OperatorEntry, readable: Readable): Difference | undefined => {
  const { name, stateVersion } = stored
  if (stateVersion > now.stateVersion) {
    return {
      _tag: "MigrationMissing",
      problem: `The state of operator ${quoted(name)} has version ${stateVersion}, newer than ${now.stateVersion}`,
      remedy: `Use the newer program, or start it empty with ${dropping(name)}`
    }
  }
  const known = readable.get(stateVersion)
  if (known === undefined) {
    return {
      _tag: "MigrationMissing",
      problem: `The state of operator ${quoted(name)} has version ${stateVersion}, and only versions ` +
        `${[...readable.keys()].join(", ")} can be read`,
      remedy: `Begin the chain of State.next with version ${stateVersion}, or start it empty with ${dropping(name)}`
    }
  }
  return known === stored.stateFingerprint ? undefined : {
    _tag: "StateChanged",
    problem: stateVersion === now.stateVersion
      ? `The state of operator ${quoted(name)} has another form, under the same version ${stateVersion}`
      : `Version ${stateVersion} of the state of operator ${quoted(name)} is not of the form that was written`,
    remedy: stateVersion === now.stateVersion
      ? `Keep the old schema, and add the new one with State.next; or start it empty with ${dropping(name)}`
      : `Put the schema that was in use into the chain of State.next; or start it empty with ${dropping(name)}`
  }
}

/** Receivers and outputs that still have something coming. */
const gone = ({ positions, uncommitted, unconsumed }: Facts, now: Manifest, drop: ReadonlyArray<string>): ReadonlyArray<Change> => [
  ...absent(unconsumed, now.receivers, drop).map(([name, count]): Change => ({
    _tag: "ReceiverMissing",
    name,
    count,
    problem: `Receiver ${quoted(name)} is no longer in the pipeline, and ${count} of its blocks are in no batch yet`,
    remedy: `Run and stop the pipeline with it once more, or give them up with ${dropping(name)}`
  })),
  ...absent(new Map([...positions].map((name) => [name, 1])), now.receivers, drop).map(([name, count]): Change => ({
    _tag: "ReceiverMissing",
    name,
    count,
    problem: `Receiver ${quoted(name)} is no longer in the pipeline, and its place in its source is known. Under another ` +
      "name it would begin anew, with records that were taken already",
    remedy: `Give it its name again, or give its place up with ${dropping(name)}`
  })),
  ...absent(uncommitted, now.outputs, drop).map(([name, count]): Change => ({
    _tag: "OutputMissing",
    name,
    count,
    problem: `Output ${quoted(name)} is no longer in the pipeline, and may miss ${count === 1 ? "1 batch" : `${count} batches`}`,
    remedy: `Run and stop the pipeline with it once more, or give them up with ${dropping(name)}`
  }))
]

const absent = (
  counts: ReadonlyMap<string, number>,
  now: ReadonlyArray<{ readonly name: string }>,
  drop: ReadonlyArray<string>
): ReadonlyArray<readonly [string, number]> =>
  [...counts].filter(([name, count]) => count > 0 && !drop.includes(name) && !now.some((each) => each.name === name))
