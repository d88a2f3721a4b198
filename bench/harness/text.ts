/** Lines to count words in: the same on every run. */

/** Few distinct words: what Spark's and our own dummy sources send. */
export const dummyText = (lines: number): string =>
  Array.from({ length: lines }, (_, index) => `I am a dummy source ${index % 8}`).join("\n")

const vocabulary = 2000

/** A generator of numbers in [0, 1): xorshift, so that the text does not depend on the machine. */
const makeRandom = (seed: number): () => number => {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const makeWords = (random: () => number): ReadonlyArray<string> => {
  const words = new Set<string>()
  while (words.size < vocabulary) {
    const length = 2 + Math.floor(random() * 8)
    words.add(Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join(""))
  }
  return [...words]
}

/** Many distinct words, frequent ones far more often than rare ones, as in any language. */
export const proseText = (lines: number, wordsPerLine: number): string => {
  const random = makeRandom(20_260_101)
  const words = makeWords(random)
  const line = () => Array.from({ length: wordsPerLine }, () => words[Math.floor(vocabulary * random() ** 3)]).join(" ")
  return Array.from({ length: lines }, line).join("\n")
}
