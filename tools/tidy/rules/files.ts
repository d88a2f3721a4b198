import { bans as declaredBans } from "../places.ts"
import type { Ban } from "../places.ts"
import type { Problem, Rule } from "../Repository.ts"

const isSource = (path: string): boolean => /^packages\/[^/]+\/src\//.test(path)
const isTest = (path: string): boolean => /\.test\.ts$|\/test\//.test(path)

const columnsMax = 120
const linesMax = 300
const functionLinesMax = 60

/** A file fits a sitting, a function fits a screen. In tests only the files are measured: a suite is one function. */
export const lengths: Rule = (repository) =>
  [...repository.modules.values()].flatMap(
    ({ functions, lines, path }): ReadonlyArray<Problem> => [
      ...(lines > linesMax ? [{ path, text: `has ${lines} lines, more than ${linesMax}` }] : []),
      ...functions
        .filter((each) => !isTest(path) && each.lines > functionLinesMax)
        .map(
          (each): Problem => ({
            path,
            line: each.line,
            text: `${each.name} has ${each.lines} lines, more than ${functionLinesMax}`
          })
        )
    ]
  )

const isNarrow = (path: string): boolean => /^(tools|scripts)\//.test(path)

/** A line fits the page, in the folders that have been brought to it. */
export const widths: Rule = (repository) =>
  [...repository.modules.keys()]
    .filter(isNarrow)
    .flatMap((path) =>
      (repository.files.get(path) ?? "")
        .split("\n")
        .flatMap(
          (line, index): ReadonlyArray<Problem> =>
            line.length > columnsMax
              ? [{ path, line: index + 1, text: `has ${line.length} columns, more than ${columnsMax}` }]
              : []
        )
    )

/** Time, chance and output come from services; a declared place that no longer needs its exception gives it back. */
export const bans =
  (declared: ReadonlyArray<Ban> = declaredBans): Rule =>
  (repository) =>
    declared.flatMap(({ instead, names, places, what }): ReadonlyArray<Problem> => {
      const used = new Set<string>()
      const allowed = new Set(places.map(({ path }) => path))
      const problems = [...repository.modules.values()]
        .filter(({ path }) => isSource(path))
        .flatMap(({ globals, path }) =>
          globals
            .filter(({ name }) => names.test(name))
            .flatMap(({ line, name }): ReadonlyArray<Problem> => {
              used.add(path)
              return allowed.has(path) ? [] : [{ path, line, text: `uses ${what} by ${name}; use ${instead}` }]
            })
        )
      const idle = [...allowed]
        .filter((path) => !used.has(path))
        .map((path): Problem => ({ path, text: `is declared as a place for ${what} and does not use it` }))
      return [...problems, ...idle]
    })

export interface Allowance {
  readonly any: number
  readonly as: number
  readonly reason: string
}

export const isMeasured = (path: string): boolean => isSource(path) || /^examples\/.*\.ts$/.test(path)

/** How often each file leaves the type system, by `any` and by casts (`as const` is none), and may. */
export const escapes =
  (allowances: Readonly<Record<string, Allowance>>): Rule =>
  (repository) => {
    const over = [...repository.modules.values()]
      .filter(({ path }) => isMeasured(path))
      .flatMap(({ anys, casts, path }) => {
        const { any, as } = allowances[path] ?? { any: 0, as: 0 }
        return [
          ...(anys.length > any
            ? [{ path, line: anys.at(-1)!, text: `says any ${anys.length} times, allowed are ${any}` }]
            : []),
          ...(casts.length > as
            ? [{ path, line: casts.at(-1)!, text: `casts ${casts.length} times, allowed are ${as}` }]
            : [])
        ]
      })
    const stale = Object.entries(allowances).flatMap(([path, { reason }]): ReadonlyArray<Problem> => {
      if (!repository.modules.has(path)) return [{ path, text: "has an allowance and is not there" }]
      return reason.trim() === "" ? [{ path, text: "has an allowance without a reason" }] : []
    })
    return [...over, ...stale]
  }
