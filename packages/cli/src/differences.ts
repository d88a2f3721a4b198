/** In what two checkpoints of a pipeline differ. */
import type { Checkpoint } from "@millrace/core"

export interface Difference {
  readonly what: string
  readonly before: string
  readonly after: string
}

/** Each thing that one of them says, in an order that does not depend on which is first. */
export const differences = (before: Checkpoint.Summary, after: Checkpoint.Summary): ReadonlyArray<Difference> => {
  const left = said(before)
  const right = said(after)
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((what) => {
    const [before, after] = [left.get(what) ?? "none", right.get(what) ?? "none"]
    return before === after ? [] : [{ what, before, after }]
  })
}

const said = ({ batches, nextBatch, operators, pending, positions, snapshot }: Checkpoint.Summary): ReadonlyMap<string, string> =>
  new Map([
    ["next batch", String(nextBatch)],
    ["snapshot after batch", String(snapshot?.batch ?? "none")],
    ["batches after the snapshot", String(batches.length)],
    ...operators.flatMap(({ entries, entry, name }): Array<[string, string]> => {
      const of = `operator ${JSON.stringify(name)}`
      return [
        [of, entry?.kind ?? "unknown"],
        [`version of ${of}`, String(entry?.stateVersion ?? "unknown")],
        [`form of ${of}`, entry?.stateFingerprint ?? "unknown"],
        [`keys of ${of}`, entry?.keyFingerprint ?? "plain"],
        [`parameters of ${of}`, JSON.stringify(entry?.parameters ?? {})],
        [`entries of ${of}`, String(entries)]
      ]
    }),
    ...Object.entries(positions).map(([name, json]): [string, string] => [`position of receiver ${JSON.stringify(name)}`, JSON.stringify(json)]),
    ...Object.entries(pending).map(([name, n]): [string, string] => [`waiting blocks of receiver ${JSON.stringify(name)}`, String(n)])
  ])
