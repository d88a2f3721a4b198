import { edgesOf } from "../graph.ts"
import type { Edge } from "../graph.ts"
import type { Manifest, Problem, Rule } from "../Repository.ts"
import { manifestsOf } from "../Repository.ts"

const isEffect = (specifier: string): boolean => specifier.startsWith("effect/")
const isNode = (specifier: string): boolean => specifier.startsWith("node:")
const isRelative = (specifier: string): boolean => specifier.startsWith(".")

/** Core stands on modules of Effect alone, and on Node only in its room for it. */
export const coreStandsOnEffect: Rule = (repository) =>
  edgesOf(repository).flatMap(({ from, line, specifier }): ReadonlyArray<Problem> => {
    if (!from.startsWith("packages/core/src/") || isRelative(specifier) || isEffect(specifier)) return []
    if (isNode(specifier) && from.startsWith("packages/core/src/node/")) return []
    return [
      { path: from, line, text: `imports ${specifier}: core imports effect/<module>, and node:* only in src/node` }
    ]
  })

const connectorOf = (path: string): string | undefined => /^packages\/(?:receivers|sinks)\/src\/[^/]+\//.exec(path)?.[0]

/** A connector knows the doors of core, its own folder and one driver, which one file imports. */
export const connectorsStandAlone: Rule = (repository) => {
  const manifests = manifestsOf(repository)
  const drivers = new Map<string, string>()
  const problemOf = ({ from, line, specifier, to }: Edge): ReadonlyArray<Problem> => {
    const folder = connectorOf(from)
    if (folder === undefined || isEffect(specifier) || isNode(specifier)) return []
    if (isRelative(specifier)) {
      return to?.startsWith(folder) === true
        ? []
        : [{ path: from, line, text: `imports ${specifier} outside its folder` }]
    }
    if (/^@millrace\/core(\/|$)/.test(specifier)) return []
    const owner = manifests.find((manifest) => from.startsWith(`${manifest.folder}/`))
    const driver = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/")
    if (driver === "effect" || owner?.peers.includes(driver) !== true) {
      return [
        { path: from, line, text: `imports ${specifier}, which is no optional peer of ${owner?.name ?? "its package"}` }
      ]
    }
    const first = drivers.get(folder + driver) ?? from
    drivers.set(folder + driver, first)
    return first === from ? [] : [{ path: from, line, text: `imports the driver ${driver}; so does ${first}` }]
  }
  return edgesOf(repository).flatMap(problemOf)
}

const packageOf = (path: string): string | undefined => /^(packages\/[^/]+|examples|bench)\//.exec(path)?.[0]

/** What is imported from another package goes through a door that it exports. */
export const onlyThroughDoors: Rule = (repository) =>
  edgesOf(repository).flatMap(({ from, line, specifier, to }): ReadonlyArray<Problem> => {
    const home = packageOf(from)
    if (home === undefined) return []
    if (isRelative(specifier) && to?.startsWith(home) === false && packageOf(to) !== undefined) {
      return [{ path: from, line, text: `reaches into another package by ${specifier}` }]
    }
    if (!specifier.startsWith("@millrace/") || to !== undefined) return []
    // Tools are no packages that anybody installs: what they give is for tests.
    const isHelped = from.startsWith(`${home}test/`) || from.startsWith("bench/")
    if (specifier.startsWith("@millrace/tool-") && isHelped) return []
    return [{ path: from, line, text: `imports ${specifier}, which no package exports` }]
  })

const targetProblems = (
  manifest: Manifest,
  subpath: string,
  source: string,
  exists: boolean
): ReadonlyArray<string> => {
  const target = manifest.exports.get(subpath) ?? {}
  const built = source
    .slice(manifest.folder.length)
    .replace(/^\/src\//, "./dist/")
    .replace(/\.ts$/, "")
  return [
    ...(exists ? [] : [`exports ${subpath} from ${source}, which is not there`]),
    ...(target["types"] === `${built}.d.ts` ? [] : [`exports ${subpath} with other types than ${built}.d.ts`]),
    ...(target["default"] === `${built}.js` ? [] : [`exports ${subpath} with another default than ${built}.js`]),
    ...(subpath.includes("*") ? [`exports ${subpath}: a door is written out, never a pattern`] : [])
  ]
}

/** Every exported subpath has its source, and names what the build makes of it. */
export const doorsExist: Rule = (repository) =>
  manifestsOf(repository).flatMap((manifest) =>
    [...manifest.doors].flatMap(([subpath, source]) =>
      targetProblems(manifest, subpath, source, repository.files.has(source)).map(
        (text): Problem => ({ path: `${manifest.folder}/package.json`, text })
      )
    )
  )
