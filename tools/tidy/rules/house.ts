import { floorOf, mayKnow, roomOf } from "../floors.ts"
import { cyclesOf, edgesOf, reachable } from "../graph.ts"
import type { Problem, Rule } from "../Repository.ts"
import { manifestsOf } from "../Repository.ts"

const isSource = (path: string): boolean => /^packages\/[^/]+\/src\//.test(path)

/** A file of core imports from lower floors or from its own room. */
export const importsGoDown: Rule = (repository) =>
  edgesOf(repository).flatMap(({ from, line, specifier, to }): ReadonlyArray<Problem> => {
    const room = roomOf(from)
    if (room === undefined) return []
    const floor = floorOf(room)
    if (floor === -1) return [{ path: from, line, text: `is in a room that no floor lists: ${room}` }]
    const target = to === undefined ? undefined : roomOf(to)
    if (target === undefined || mayKnow(room, target)) return []
    const how = floorOf(target) === floor ? `a room of its own floor that it does not know` : "a higher floor"
    return [{ path: from, line, text: `imports ${specifier} from ${how}` }]
  })

/** No file imports itself in a circle; imports of types count. */
export const noCycles: Rule = (repository) =>
  cyclesOf(edgesOf(repository)).map((way) => ({ path: way[0]!, text: `is on a cycle: ${way.join(" → ")}` }))

/** Every relative import names a file that is there. */
export const importsExist: Rule = (repository) =>
  edgesOf(repository)
    .filter(({ specifier, to }) => specifier.startsWith(".") && to !== undefined && !repository.files.has(to))
    .map(({ from, line, specifier }) => ({ path: from, line, text: `imports ${specifier}, which is not there` }))

/** Every source file can be reached from a door or a program of its package. */
export const noDeadFiles: Rule = (repository) => {
  const doors = manifestsOf(repository).flatMap((manifest) => [...manifest.doors.values(), ...manifest.programs])
  const alive = reachable(edgesOf(repository), doors)
  return [...repository.modules.keys()]
    .filter((path) => isSource(path) && !alive.has(path))
    .map((path) => ({ path, text: "is reached from no door that the package exports" }))
}

/** Every operator that DStream shows has a test of its own name. */
export const operatorsAreTested: Rule = (repository) => {
  const shown = edgesOf(repository).filter(({ from }) => from === "packages/core/src/DStream.ts")
  return [...new Set(shown.map(({ to }) => to))].flatMap((path): ReadonlyArray<Problem> => {
    const operator = /^packages\/core\/src\/dstream\/([a-z]\w*)\.ts$/.exec(path ?? "")?.[1]
    if (path === undefined || operator === undefined) return []
    const test = `packages/core/test/dstream/${operator}.test.ts`
    return repository.files.has(test) ? [] : [{ path, text: `has no test ${test}` }]
  })
}
