/** Small mistakes, made on purpose: the tests that belong to a mistake must notice it. */

export interface Mutant {
  /** What is wrong, in a few words, after the operator that is the worse for it. */
  readonly name: string
  /** From `packages/core/src`. */
  readonly file: string
  /** Exact, and there once. */
  readonly source: string
  readonly replacement: string
  /** What users would see. */
  readonly why: string
  /** The tests that must notice, from `packages/core/test`. */
  readonly tests: ReadonlyArray<string>
}

/** The text with the mistake in it; `undefined` where what it replaces is not there exactly once. */
export const apply = (text: string, { replacement, source }: Mutant): string | undefined => {
  const at = text.indexOf(source)
  if (at === -1 || text.indexOf(source, at + 1) !== -1) return undefined
  return text.slice(0, at) + replacement + text.slice(at + source.length)
}
