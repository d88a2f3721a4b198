import { posix } from "node:path"
import type { Manifest, Repository } from "./Repository.ts"
import { manifestsOf } from "./Repository.ts"

/** An import as the tidy rules see it: from a file, to a file of the repository or to something outside it. */
export interface Edge {
  readonly from: string
  readonly line: number
  readonly specifier: string
  /** The file behind the specifier; `undefined` for what is not a file of the repository. */
  readonly to: string | undefined
}

const doorOf = (manifests: ReadonlyArray<Manifest>, specifier: string): string | undefined => {
  for (const { doors, name } of manifests) {
    if (specifier === name) return doors.get(".")
    if (specifier.startsWith(`${name}/`)) return doors.get(`.${specifier.slice(name.length)}`)
  }
  return undefined
}

export const edgesOf = (repository: Repository): ReadonlyArray<Edge> => {
  const manifests = manifestsOf(repository)
  return [...repository.modules.values()].flatMap(({ imports, path }) =>
    imports.map(
      ({ line, specifier }): Edge => ({
        from: path,
        line,
        specifier,
        to: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : doorOf(manifests, specifier)
      })
    )
  )
}

const targetsOf = (edges: ReadonlyArray<Edge>): ReadonlyMap<string, ReadonlySet<string>> => {
  const targets = new Map<string, Set<string>>()
  for (const { from, to } of edges) {
    if (to === undefined) continue
    const known = targets.get(from)
    if (known === undefined) targets.set(from, new Set([to]))
    else known.add(to)
  }
  return targets
}

/** Everything that can be reached from the given files, themselves included. */
export const reachable = (edges: ReadonlyArray<Edge>, from: Iterable<string>): ReadonlySet<string> => {
  const targets = targetsOf(edges)
  const seen = new Set(from)
  for (const path of seen) for (const to of targets.get(path) ?? []) seen.add(to)
  return seen
}

/** One way round for every file that is on a cycle and not yet on one that was found. */
export const cyclesOf = (edges: ReadonlyArray<Edge>): ReadonlyArray<ReadonlyArray<string>> => {
  const targets = targetsOf(edges)
  const done = new Set<string>()
  const cycles: Array<ReadonlyArray<string>> = []
  const visit = (path: string, way: ReadonlyArray<string>) => {
    const start = way.indexOf(path)
    if (start !== -1) cycles.push([...way.slice(start), path])
    if (start !== -1 || done.has(path)) return
    for (const to of targets.get(path) ?? []) visit(to, [...way, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return cycles
}
