/** Small mistakes, made on purpose: the tests that belong to a mistake must notice it. */

export interface Mutant {
  /** What is wrong, in a few words, after the operator that is the worse for it. */
  readonly name: string
  /** Defaults to `"core"`. */
  readonly package?: "core" | "sinks" | undefined
  /** From the `src` of its package. */
  readonly file: string
  /** Exact, and there once. */
  readonly source: string
  readonly replacement: string
  /** What users would see. */
  readonly why: string
  /** The tests that must notice, from the `test` of its package. */
  readonly tests: ReadonlyArray<string>
}

/** Where its source is, from the root of the repository. */
export const sourceOf = ({ file, package: name = "core" }: Mutant): string => `packages/${name}/src/${file}`

/** Where its tests are. */
export const testsOf = ({ package: name = "core", tests }: Mutant): ReadonlyArray<string> =>
  tests.map((test) => `packages/${name}/test/${test}`)

/** The text with the mistake in it; `undefined` where what it replaces is not there exactly once. */
export const apply = (text: string, { replacement, source }: Mutant): string | undefined => {
  const at = text.indexOf(source)
  if (at === -1 || text.indexOf(source, at + 1) !== -1) return undefined
  return text.slice(0, at) + replacement + text.slice(at + source.length)
}
