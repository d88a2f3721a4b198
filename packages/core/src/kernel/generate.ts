/**
 * Back end 1: one loop per stage, generated. User functions and separators come in as parameters; only the fixed
 * templates below, and names and numbers made here, ever become source.
 */
import { atEnd, isKeyed } from "./encoding.ts"
import { collecting, foreseeing, type Frame } from "./generateAhead.ts"
import { checkedKey, newEncodedKey, newKey, notText, toArray } from "./guard.ts"
import { type Kernel, StepFailure } from "./Kernel.ts"
import { type Aggregation, type AnyFunction, type OnError, refuses, type Step } from "./Step.ts"
import { TooManyKeys } from "./TooManyKeys.ts"

/** V8 shares what it learns of a function between all functions of equal text: these then run 3 to 5 times slower. */
let serial = 0

export const generate = (
  steps: ReadonlyArray<Step>,
  aggregation: Aggregation,
  encode: AnyFunction | undefined
): Kernel["run"] => {
  const writer = new Writer()
  steps.forEach((step, index) => writeStep(writer, step, index))
  const { after, before, failed, first, last } = writeEnd(writer, steps, aggregation, encode)
  const source = `"use strict"
function Entry(k, v) { this.k = k; this.v = v }
return function run(segment, from, to, accumulator) { /* ${++serial} */
${before}
let step = 0, i = from${refuses(steps, aggregation) ? "\nconst refused = accumulator.refused" : ""}
try {
for (; i < to; i++) {
${first ?? ""}
const x0 = segment[i]
${writer.lines.join("\n")}
${"}".repeat(writer.depth)}
}
${last ?? ""}
} catch (cause) {
${failed ?? ""}
throw new StepFailure(step, i, cause)
}
${after}
}`
  const helpers = { StepFailure, toArray, newKey, newEncodedKey, notText, TooManyKeys }
  const make = new Function(...Object.keys(helpers), ...writer.parameters, source)
  return make(...Object.values(helpers), ...writer.values)
}

/**
 * Lines so far, and the shape of the current item: an item variable, or key and value variables, or both. A pair that
 * no user function asked for is never made.
 */
class Writer {
  readonly lines: Array<string> = []
  readonly parameters: Array<string> = []
  readonly values: Array<unknown> = []
  depth = 0
  private serial = 0
  private item: string | undefined = "x0"
  private pair: readonly [key: string, value: string] | undefined

  fresh(prefix: string): string {
    return `${prefix}${++this.serial}`
  }

  parameter(value: unknown): string {
    const name = this.fresh("p")
    this.parameters.push(name)
    this.values.push(value)
    return name
  }

  line(text: string): void {
    this.lines.push(text)
  }

  at(step: number): void {
    this.line(`step = ${step}`)
  }

  asItem(): string {
    if (this.item !== undefined) return this.item
    const [key, value] = this.pair!
    this.item = this.fresh("x")
    this.line(`const ${this.item} = [${key}, ${value}]`)
    return this.item
  }

  asPair(): readonly [key: string, value: string] {
    if (this.pair !== undefined) return this.pair
    const [key, value] = this.pair = [this.fresh("k"), this.fresh("v")]
    this.line(`const ${key} = ${this.item}[0], ${value} = ${this.item}[1]`)
    return this.pair
  }

  nowItem(item: string): void {
    this.item = item
    this.pair = undefined
  }

  nowPair(key: string, value: string): void {
    this.item = undefined
    this.pair = [key, value]
  }

  /** Names what `call` gives. Where it throws, `otherwise` says what is done instead. */
  assign(name: string, call: string, otherwise: string | undefined): void {
    if (otherwise === undefined) return this.line(`const ${name} = ${call}`)
    this.line(`let ${name}`)
    this.line(`try { ${name} = ${call} } catch (cause) { ${otherwise}; continue }`)
  }

  /** Opens a loop over what a function gave; `continue` in it goes on with the next element. */
  each(result: string, otherwise: string | undefined): string {
    const [array, index, element] = [this.fresh("a"), this.fresh("i"), this.fresh("x")]
    this.assign(array, `toArray(${result})`, otherwise)
    this.line(`for (let ${index} = 0; ${index} < ${array}.length; ${index}++) {`)
    this.line(`const ${element} = ${array}[${index}]`)
    this.depth++
    return element
  }
}

const writeStep = (w: Writer, step: Step, index: number): void => {
  w.at(index)
  const { onError } = step
  switch (step.op) {
    case "map": {
      const item = w.asItem()
      const result = w.fresh("x")
      w.assign(result, `${w.parameter(step.f)}(${item})`, otherwise(onError, index, item))
      return w.nowItem(result)
    }
    case "filter":
      return writeFilter(w, step.f, onError, index)
    case "flatMap": {
      const item = w.asItem()
      return w.nowItem(w.each(`${w.parameter(step.f)}(${item})`, otherwise(onError, index, item)))
    }
    case "split":
      return writeSplit(w, step.separator, onError, index)
    case "keyBy": {
      const item = w.asItem()
      const key = w.fresh("k")
      const call = `${w.parameter(onError === undefined ? step.f : checkedKey(step.f, step.encode))}(${item})`
      w.assign(key, call, otherwise(onError, index, item))
      return w.nowPair(key, item)
    }
    case "mapValues": {
      const [key, value] = w.asPair()
      const result = w.fresh("v")
      w.assign(result, `${w.parameter(step.f)}(${value})`, otherwise(onError, index, `[${key}, ${value}]`))
      return w.nowPair(key, result)
    }
    case "flatMapValues": {
      const [key, value] = w.asPair()
      const array = w.each(`${w.parameter(step.f)}(${value})`, otherwise(onError, index, `[${key}, ${value}]`))
      return w.nowPair(key, array)
    }
  }
}

/** What is done with the item of a step whose function threw `cause`. */
const otherwise = (onError: OnError | undefined, step: number, item: string): string | undefined => {
  switch (onError) {
    case undefined:
      return undefined
    case "drop":
      return `refused.drop(${step})`
    case "dead-letter":
      return `refused.bury(${step}, ${item}, cause)`
  }
}

const writeFilter = (w: Writer, f: AnyFunction, onError: OnError | undefined, index: number): void => {
  const item = w.asItem()
  const call = `${w.parameter(f)}(${item})`
  if (onError === undefined) return w.line(`if (!${call}) continue`)
  const result = w.fresh("b")
  w.assign(result, call, otherwise(onError, index, item))
  w.line(`if (!${result}) continue`)
}

const writeSplit = (w: Writer, separator: string, onError: OnError | undefined, index: number): void => {
  const text = w.asItem()
  const [start, end, piece] = [w.fresh("i"), w.fresh("i"), w.fresh("x")]
  const sought = w.parameter(separator)
  const refusing = otherwise(onError, index, text)
  w.line(
    refusing === undefined
      ? `if (typeof ${text} !== "string") throw notText(${text})`
      : `if (typeof ${text} !== "string") { const cause = notText(${text}); ${refusing}; continue }`
  )
  w.line(`for (let ${start} = 0, ${end} = 0; ${end} >= 0; ${start} = ${end} + ${separator.length}) {`)
  w.line(`${end} = ${text}.indexOf(${sought}, ${start})`)
  w.line(`const ${piece} = ${end} < 0 ? ${text}.slice(${start}) : ${text}.slice(${start}, ${end})`)
  w.depth++
  w.nowItem(piece)
}

const remembered: Frame = { before: "const memory = accumulator.memory", after: "" }

const entries: Frame = { before: "const map = accumulator.map, out = accumulator.out", after: "" }

const writeEnd = (
  w: Writer,
  steps: ReadonlyArray<Step>,
  aggregation: Aggregation,
  encode: AnyFunction | undefined
): Frame => {
  if (!isKeyed(aggregation)) w.at(steps.length)
  switch (aggregation.op) {
    case "collect":
      w.line(`out.push(${w.asItem()})`)
      return { before: "const out = accumulator.out", after: "" }
    case "count":
      w.line("count++")
      return { before: "let count = accumulator.value", after: "accumulator.value = count" }
    case "reduce": {
      const item = w.asItem()
      w.line(`if (present) result = ${w.parameter(aggregation.f)}(result, ${item})`)
      w.line(`else { result = ${item}; present = true }`)
      return {
        before: "let result = accumulator.value, present = accumulator.present",
        after: "accumulator.value = result; accumulator.present = present"
      }
    }
    case "remember":
      if (aggregation.keyed) return writeKeyed(w, steps, aggregation, encode)
      writeAdd(w, steps.length, aggregation.onMaxKeys, w.asItem(), w.asItem())
      return remembered
    case "countByValue":
      writeEntry(w, w.asItem(), undefined, "found.v++", "1")
      return entries
    default:
      return writeKeyed(w, steps, aggregation, encode)
  }
}

const writeKeyed = (
  w: Writer,
  steps: ReadonlyArray<Step>,
  aggregation: Aggregation,
  encode: AnyFunction | undefined
): Frame => {
  const end = atEnd(steps, encode)
  w.at(steps.length)
  const [key, value] = w.asPair()
  let encoded: string | undefined
  if (end.encode !== undefined) {
    encoded = w.fresh("e")
    w.at(end.step)
    w.line(`const ${encoded} = ${w.parameter(end.encode)}(${key})`)
    w.at(steps.length)
  }
  switch (aggregation.op) {
    case "remember": {
      if (refuses(steps, aggregation)) {
        writeAdd(w, steps.length, aggregation.onMaxKeys, `${key}, ${value}, ${encoded ?? key}`, `[${key}, ${value}]`)
        return remembered
      }
      const { frame, lines } = steps.length === 0 && encoded === undefined
        ? foreseeing(key, value)
        : collecting(steps.length, key, value, encoded)
      w.line(lines)
      return frame
    }
    case "groupByKey":
      writeEntry(w, key, encoded, `found.v.push(${value})`, `[${value}]`)
      break
    case "reduceByKey":
      writeEntry(w, key, encoded, `found.v = ${w.parameter(aggregation.f)}(found.v, ${value})`, value)
      break
    case "combineByKey": {
      const merge = `found.v = ${w.parameter(aggregation.mergeValue)}(found.v, ${value})`
      writeEntry(w, key, encoded, merge, `${w.parameter(aggregation.createCombiner)}(${value})`)
    }
  }
  return entries
}

/** A key that finds no room is the record's trouble; whatever else the memory throws is the batch's. */
const writeAdd = (w: Writer, step: number, onMaxKeys: OnError | undefined, add: string, item: string): void => {
  const refusing = otherwise(onMaxKeys, step, item)
  w.line(
    refusing === undefined
      ? `memory.add(${add})`
      : `try { memory.add(${add}) } catch (cause) { if (!(cause instanceof TooManyKeys)) throw cause; ${refusing} }`
  )
}

/** One look-up per item; a key is checked only where it is new. */
const writeEntry = (w: Writer, key: string, encoded: string | undefined, known: string, first: string): void => {
  w.line(`const found = map.get(${encoded ?? key})`)
  w.line(`if (found !== undefined) ${known}`)
  w.line("else {")
  if (encoded !== undefined) w.line(`newEncodedKey(${encoded})`)
  w.line(`const entry = new Entry(${encoded === undefined ? `newKey(${key})` : key}, ${first})`)
  w.line(`map.set(${encoded ?? key}, entry)`)
  w.line("out.push(entry)")
  w.line("}")
}
