/** Everything that can be wrong with names and operators. Settings are checked where they are resolved. */
import * as Result from "effect/Result"
import { deadLettersName } from "../dstream/deadLetterSink.ts"
import type { OptionProblem } from "../dstream/Node.ts"
import type { Pipeline } from "../dstream/Pipeline.ts"
import type { Receiver } from "../dstream/Receiver.ts"
import { isKeyed } from "../kernel/encoding.ts"
import type { Graph, Vertex } from "./graph.ts"
import type { Problem } from "./InvalidPipeline.ts"
import { agreed, type KeyEncoding, keyEncodings } from "./keys.ts"
import { operatorLabel, stepLabel } from "./label.ts"
import { concurrency, positiveNumber } from "./resolve.ts"

const taken: ReadonlyArray<Problem> = [
  { _tag: "BadName", of: "output", name: deadLettersName, problem: "belongs to what onError(\"dead-letter\") sets aside" }
]

const longestName = 256
const controlCharacter = /[\p{Cc}\p{Zl}\p{Zp}]/u

export const check = (pipeline: Pipeline<unknown, unknown>, graph: Graph): ReadonlyArray<Problem> => {
  const encodings = keyEncodings(graph)
  const receivers = graph.vertices.flatMap(({ node }) => node._tag === "Receive" ? [node.receiver] : [])
  const operators = graph.vertices.flatMap(({ node }) => node._tag === "Remember" ? [node.name] : [])
  const outputs = pipeline.outputs.map((output) => output.name)
  return [
    ...badName("pipeline", pipeline.name),
    ...(outputs.length === 0 ? [{ _tag: "NoOutputs" } as const] : []),
    ...outputs.flatMap((name) => name === deadLettersName ? taken : badName("output", name)),
    ...duplicates(outputs).map((name): Problem => ({ _tag: "DuplicateName", of: "output", name })),
    ...receivers.flatMap((receiver) => badName("receiver", receiver.name)),
    ...duplicates(receivers.map((receiver) => receiver.name)).map(
      (name): Problem => ({ _tag: "DuplicateName", of: "receiver", name })
    ),
    ...operators.flatMap((name) => badName("operator", name)),
    ...duplicates(operators).map((name): Problem => ({ _tag: "DuplicateName", of: "operator", name })),
    ...receivers.flatMap(badRates),
    ...graph.vertices.flatMap((vertex) => badOperator(vertex, encodings))
  ]
}

const badName = (of: "pipeline" | "output" | "receiver" | "operator", name: unknown): ReadonlyArray<Problem> => {
  const bad = (problem: string): ReadonlyArray<Problem> => [{ _tag: "BadName", of, name: String(name), problem }]
  if (typeof name !== "string") return bad("is not text")
  if (name.trim() === "") return bad("is empty")
  if (controlCharacter.test(name)) return bad("has control characters in it")
  return name.length > longestName ? bad(`is longer than ${longestName} characters`) : []
}

const duplicates = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const again = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) again.add(name)
    seen.add(name)
  }
  return [...again]
}

const badRates = (receiver: Receiver<unknown, unknown, unknown>): ReadonlyArray<Problem> =>
  (["initialRate", "maxRate"] as const).flatMap((setting): ReadonlyArray<Problem> => {
    const rate = receiver[setting]
    const result = rate === undefined ? Result.succeed(1) : positiveNumber(rate)
    if (Result.isSuccess(result)) return []
    return [{ _tag: "BadSetting", setting, receiver: receiver.name, problem: result.failure }]
  })

const badOperator = (
  { node, output, parents }: Vertex,
  encodings: ReadonlyArray<KeyEncoding>
): ReadonlyArray<Problem> => {
  switch (node._tag) {
    case "Step":
      return node.step.op === "split" && !isSeparator(node.step.separator) ? [{ _tag: "EmptySeparator", output }] : []
    case "Union":
      return parents.length === 0 ? [{ _tag: "EmptyUnion", output }] : []
    case "Aggregate":
      return isKeyed(node.aggregation) && encodings[parents[0]!] === "conflict"
        ? [{ _tag: "ConflictingEncodings", operator: stepLabel(node.aggregation), output }]
        : []
    case "Effect": {
      const result = concurrency(node.concurrency)
      const operator = operatorLabel(node.op, node.f)
      return [
        ...badOptions(operator, output, node.problems),
        ...(Result.isSuccess(result)
          ? []
          : [{ _tag: "BadConcurrency", operator, output, problem: result.failure } as const])
      ]
    }
    case "Batch":
      return [
        ...badOptions(node.op, output, node.problems),
        ...(node.keys === "joined" && agreed(parents.map((parent) => encodings[parent])) === "conflict"
          ? [{ _tag: "ConflictingEncodings", operator: node.op, output } as const]
          : [])
      ]
    case "Remember":
      return [
        ...badOptions(`${node.op} ${JSON.stringify(node.name)}`, output, node.problems),
        ...(node.keyed && encodings[parents[0]!] === "conflict"
          ? [{ _tag: "ConflictingEncodings", operator: node.op, output } as const]
          : [])
      ]
    case "Receive":
    case "Recall":
      return []
  }
}

const badOptions = (
  operator: string,
  output: string,
  problems: ReadonlyArray<OptionProblem> | undefined
): ReadonlyArray<Problem> =>
  (problems ?? []).map((problem): Problem => ({ _tag: "BadOption", operator, output, ...problem }))

/** A separator that is not text was cast past the types: as wrong as an empty one. */
const isSeparator = (separator: unknown): boolean => typeof separator === "string" && separator.length > 0
