/** Contenders take turns, round by round, so that whatever else the machine does hits all of them alike. */
import { isDeepStrictEqual } from "node:util"
import { median } from "./statistics.ts"

export interface Contender<Input> {
  readonly name: string
  readonly run: (input: Input) => unknown
  /** Waited for before the watch starts. */
  readonly ready?: () => Promise<void>
}

export interface Comparison {
  /** How many times the throughput of `theirs` ours has: the median over rounds of their time by our time. */
  readonly ratio: (ours: string, theirs: string) => number
  /** Nanoseconds per item. */
  readonly nanos: (name: string) => number
}

export const compare = async <Input>(options: {
  readonly items: number
  readonly rounds: number
  readonly warm: number
  /** Makes the input of one run, not timed. */
  readonly input: () => Input
  /** Brings a result into the form in which all contenders' results must be equal. */
  readonly normal?: (result: any) => unknown
  readonly contenders: ReadonlyArray<Contender<Input>>
}): Promise<Comparison> => {
  const { contenders, items, rounds, warm } = options
  await checkEqual(options.input, options.normal ?? ((result) => result), contenders)
  const times = new Map(contenders.map(({ name }) => [name, new Array<number>()]))
  for (let round = 0; round < warm + rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length]!
      const millis = await once(contender, options.input())
      if (round >= warm) times.get(contender.name)!.push(millis)
    }
  }
  return {
    ratio: (ours, theirs) => median(times.get(theirs)!.map((millis, round) => millis / times.get(ours)![round]!)),
    nanos: (name) => median(times.get(name)!) * 1e6 / items
  }
}

const once = async <Input>(contender: Contender<Input>, input: Input): Promise<number> => {
  await contender.ready?.()
  const startedAt = performance.now()
  const result = contender.run(input)
  if (result instanceof Promise) await result
  return performance.now() - startedAt
}

const checkEqual = async <Input>(
  input: () => Input,
  normal: (result: any) => unknown,
  contenders: ReadonlyArray<Contender<Input>>
): Promise<void> => {
  let first: { readonly name: string; readonly result: unknown } | undefined
  for (const { name, ready, run } of contenders) {
    await ready?.()
    const result = normal(await run(input()))
    first ??= { name, result }
    if (!isDeepStrictEqual(result, first.result)) throw new Error(`${name} gives another result than ${first.name}`)
  }
}
