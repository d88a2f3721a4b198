/** What the job counts, and what it keeps of a batch's counts. */
export type WordCount = readonly [word: string, count: number]

/** Runs of letters and digits, in lower case. */
export const wordsOf = (line: string): ReadonlyArray<string> => line.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

export interface Tally {
  readonly words: number
  readonly different: number
  /** The most frequent first; words that are as frequent as each other, by first occurrence. */
  readonly top: ReadonlyArray<WordCount>
}

/** How many words a tally names. */
const topMax = 30

export const tallyOf = (counts: ReadonlyArray<WordCount>): Tally => ({
  words: counts.reduce((sum, [, count]) => sum + count, 0),
  different: counts.length,
  top: counts.toSorted((left, right) => right[1] - left[1]).slice(0, topMax)
})

export const noWords: Tally = { words: 0, different: 0, top: [] }
