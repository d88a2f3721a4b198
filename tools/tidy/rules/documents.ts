import type { Problem, Repository, Rule } from "../Repository.ts"

const withoutFences = (text: string): ReadonlyArray<string> => {
  let inside: string | undefined
  return text.split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark !== undefined && inside === undefined) inside = mark
    else if (mark?.startsWith(inside ?? "`") === true) inside = undefined
    else if (inside === undefined) return line
    return ""
  })
}

/** A document has one title, on its first line. */
export const oneTitle: Rule = (repository) =>
  [...repository.files]
    .filter(([path]) => path.endsWith(".md") && !path.startsWith(".changeset/"))
    .flatMap(([path, text]): ReadonlyArray<Problem> => {
      const titles = withoutFences(text).flatMap((line, index) => (/^# \S/.test(line) ? [index + 1] : []))
      if (titles.length === 1) return []
      return [{ path, line: titles[1] ?? 1, text: `has ${titles.length} titles, not one` }]
    })

// Put together from parts, so that this file does not hold what it looks for.
const folders = ["work", "root", "farm", "tmp", "var/folders", "home/\\w+", "Users/\\w+"].join("|")
const machinePath = new RegExp(`(?:^|[\\s"'\`(=:,])(/(?:${folders})/[\\w.@-]+)`)
const hosts = [
  "registry\\.npmjs",
  "registry\\.yarnpkg",
  "npm[m]irror",
  "npm\\.pkg\\.github",
  "[j]frog",
  "[a]rtifactory"
].join("|")
const registryHost = new RegExp(`((?:${hosts})[\\w./-]*)`, "i")
const resolvedUrl = new RegExp(`"resolved": "(https?:[^"]*)"`)

const linesWith = (repository: Repository, pattern: RegExp, text: (found: string) => string): ReadonlyArray<Problem> =>
  [...repository.files].flatMap(([path, content]) =>
    content.split("\n").flatMap((line, index): ReadonlyArray<Problem> => {
      const found = pattern.exec(line)?.[1]
      return found === undefined ? [] : [{ path, line: index + 1, text: text(found) }]
    })
  )

/** What is written here holds on every machine. */
export const noMachines: Rule = (repository) => [
  ...linesWith(repository, machinePath, (found) => `names a path of one machine: ${found}`),
  ...linesWith(repository, registryHost, (found) => `names a package registry: ${found}`),
  ...linesWith(repository, resolvedUrl, (found) => `names where a package came from: ${found}`)
]
