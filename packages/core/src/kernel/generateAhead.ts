/** How generated loops tell a memory of the records to come. */

/** What stands around the lines of a loop. */
export interface Frame {
  readonly before: string
  readonly after: string
  /** Before each item. */
  readonly first?: string
  /** When all items are through, in the loop's own `try`. */
  readonly last?: string
  /** When something failed, before that is told. */
  readonly failed?: string
}

/** The source of one record's way into the memory. */
interface Ahead {
  readonly lines: string
  readonly frame: Frame
}

/** So many records at once. */
const aheadBy = 64

/** The pairs are all there already. What is not a pair fails when its turn comes. */
export const foreseeing = (key: string, value: string): Ahead => ({
  lines: `memory.add(${key}, ${value}, ${key})`,
  frame: {
    before: `const memory = accumulator.memory, keys = [], none = []
let known = memory.lookAhead === undefined ? -1 : from`,
    first: `if (i === known) {
let n = 0
for (; n < ${aheadBy} && known < to; known++) keys[n++] = (segment[known] ?? none)[0]
memory.lookAhead(keys, n)
}`,
    after: ""
  }
})

/**
 * Records wait for each other, so that a memory that looks ahead sees the names of many. When a step fails, those before
 * it go first: one of them may fail too, and is then the first.
 */
export const collecting = (at: number, key: string, value: string, encoded: string | undefined): Ahead => {
  const names = encoded === undefined ? "keys" : "names"
  const flush = `const count = n
n = 0
step = ${at}
memory.lookAhead(${names}, count)
for (let j = 0; j < count; j++) {
i = places[j]
memory.add(keys[j], values[j], ${names}[j])
}`
  return {
    lines: `if (!looksAhead) memory.add(${key}, ${value}, ${encoded ?? key})
else {
keys[n] = ${key}
values[n] = ${value}
${encoded === undefined ? "" : `names[n] = ${encoded}`}
places[n] = i
if (++n === ${aheadBy}) {
const here = i
${flush}
i = here
}
}`,
    frame: {
      before: `const memory = accumulator.memory, looksAhead = memory.lookAhead !== undefined
const keys = [], values = [], names = [], places = []
let n = 0`,
      after: "",
      last: `if (n > 0) {\n${flush}\n}`,
      failed: `if (n > 0) {
const failure = new StepFailure(step, i, cause)
try {
${flush}
} catch (earlier) {
throw new StepFailure(step, i, earlier)
}
throw failure
}`
    }
  }
}
