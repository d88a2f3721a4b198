/** Tries every mistake, each alone, in copies of the repository. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { copyOf, remove } from "./copy.ts"
import { apply, type Mutant, sourceOf, testsOf } from "./Mutant.ts"
import { type Ended, runTests } from "./trial.ts"

/** `stale`: what it replaces is not there once, or its tests are not there. Only `killed` is good. */
export type Verdict =
  | { readonly _tag: "killed"; readonly by: string }
  | { readonly _tag: "survived" }
  | { readonly _tag: "stale"; readonly missing: string }
  | { readonly _tag: "broken"; readonly output: string }

export interface Hunt {
  readonly root: string
  readonly mutants: ReadonlyArray<Mutant>
  /** How many copies are at work at the same time. */
  readonly copies: number
  readonly limitMillis: number
  readonly tell: (mutant: Mutant, verdict: Verdict) => void
}

/**
 * What the tests say without any mistake, and a verdict for each mutant. Where the former is not that they pass, the
 * verdicts say nothing.
 */
export const hunt = async ({ copies, limitMillis, mutants, root, tell }: Hunt): Promise<{
  readonly untouched: Ended
  readonly verdicts: ReadonlyArray<Verdict>
}> => {
  const verdicts = new Array<Verdict>()
  let untouched: Ended = { _tag: "passed" }
  const tellAll = (index: number, verdict: Verdict): void => {
    verdicts[index] = verdict
    tell(mutants[index]!, verdict)
  }
  const jobs: Array<(copy: string) => Promise<void>> = []
  const tests = new Set<string>()
  mutants.forEach((mutant, index) => {
    const missing = missingOf(root, mutant)
    if (missing !== undefined) return tellAll(index, { _tag: "stale", missing })
    for (const test of testsOf(mutant)) tests.add(test)
    jobs.push(async (copy) => tellAll(index, await verdictOf(copy, mutant, limitMillis)))
  })
  if (jobs.length > 0) {
    jobs.unshift(async (copy) => {
      untouched = await runTests(copy, [...tests], limitMillis * 4)
    })
  }
  const work = async (): Promise<void> => {
    if (jobs.length === 0) return
    const copy = copyOf(root)
    const clean = (): void => remove(copy)
    process.on("exit", clean)
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job(copy)
    process.off("exit", clean)
    clean()
  }
  await Promise.all(Array.from({ length: copies }, work))
  return { untouched, verdicts }
}

const missingOf = (root: string, mutant: Mutant): string | undefined => {
  const source = join(root, sourceOf(mutant))
  if (!existsSync(source)) return `no file ${mutant.file}`
  if (apply(readFileSync(source, "utf8"), mutant) === undefined) return `not once in ${mutant.file}: ${mutant.source}`
  const test = mutant.tests.find((_, index) => !existsSync(join(root, testsOf(mutant)[index] ?? "")))
  return test === undefined ? undefined : `no test ${test}`
}

const verdictOf = async (copy: string, mutant: Mutant, limitMillis: number): Promise<Verdict> => {
  const source = join(copy, sourceOf(mutant))
  const text = readFileSync(source, "utf8")
  const mutated = apply(text, mutant)
  if (mutated === undefined) return { _tag: "stale", missing: `not once in ${mutant.file}: ${mutant.source}` }
  writeFileSync(source, mutated)
  const ended = await runTests(copy, testsOf(mutant), limitMillis)
  writeFileSync(source, text)
  switch (ended._tag) {
    case "passed":
      return { _tag: "survived" }
    case "failed":
      return { _tag: "killed", by: ended.test }
    case "late":
      return { _tag: "killed", by: "time: its tests did not end" }
    case "broken":
      return ended
  }
}
