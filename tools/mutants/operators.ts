/** One mistake each in what operators are made of. */
import type { Mutant } from "./Mutant.ts"
import { windows } from "./windows.ts"

/** Operators that look at one batch. */
const perBatch: ReadonlyArray<Mutant> = [
  {
    name: "filter: keeps what it should drop",
    file: "kernel/compose.ts",
    source: "if (f(item)) push(item, accumulator)",
    replacement: "if (!f(item)) push(item, accumulator)",
    why: "composed closures would keep the other items",
    tests: ["dstream/filter.test.ts"]
  },
  {
    name: "reduce: an empty batch has a result",
    file: "kernel/accumulate.ts",
    source: "present ? [value] : []",
    replacement: "present ? [value] : [value]",
    why: "batches without items would emit `undefined`",
    tests: ["dstream/reduce.test.ts"]
  },
  {
    name: "countByValue: counts from nought",
    file: "kernel/composeEnd.ts",
    source: "byKey(at, () => 1, (count) => count + 1)",
    replacement: "byKey(at, () => 0, (count) => count + 1)",
    why: "with composed closures every count would be one too few",
    tests: ["dstream/countByValue.test.ts"]
  },
  {
    name: "repartition: one partition is refused",
    file: "dstream/repartition.ts",
    source: "count >= 1",
    replacement: "count > 1",
    why: "a pipeline with one partition would not start",
    tests: ["dstream/repartition.test.ts"]
  },
  {
    name: "join: left and right swapped",
    file: "kernel/joinPairs.ts",
    source: "out.push([key, [value, right[r - 1]![1]]])",
    replacement: "out.push([key, [right[r - 1]![1], value]])",
    why: "values would change sides",
    tests: ["dstream/join.test.ts"]
  },
  {
    name: "leftOuterJoin: keeps the keys of the right side too",
    file: "dstream/leftOuterJoin.ts",
    source: "right: false",
    replacement: "right: true",
    why: "it would be a full outer join",
    tests: ["dstream/leftOuterJoin.test.ts"]
  },
  {
    name: "cogroup: forgets keys that only the right side has",
    file: "kernel/align.ts",
    source: "if (!rightOnly) continue",
    replacement: "if (rightOnly) continue",
    why: "a key without a left side would be lost",
    tests: ["dstream/cogroup.test.ts"]
  },
  {
    name: "joinTable: values of a key in the wrong order",
    file: "kernel/Rows.ts",
    source: "values.push(value)",
    replacement: "values.unshift(value)",
    why: "rows of a key would come last first",
    tests: ["dstream/joinTable.test.ts"]
  }
]

const state: ReadonlyArray<Mutant> = [
  {
    name: "mapWithState: a key is due in its last good batch",
    file: "kernel/Ages.ts",
    source: "if (at < limit) due.push(slot)",
    replacement: "if (at <= limit) due.push(slot)",
    why: "a key would time out one batch early",
    tests: ["dstream/mapWithState.test.ts"]
  },
  {
    name: "mapWithState: the youngest first",
    file: "kernel/Ages.ts",
    source: "): number => left - right",
    replacement: "): number => right - left",
    why: "timeouts would come in the wrong order, and the youngest would make room",
    tests: ["dstream/mapWithState.test.ts", "dstream/mapWithStateBounds.test.ts"]
  },
  {
    name: "mapWithState: a changed key is not touched",
    file: "kernel/KeyedState.ts",
    source: "      this.touch(slot, old)\n      slots.states[slot] = state\n",
    replacement: "      slots.states[slot] = state\n",
    why: "the change would neither be written down nor rolled back",
    tests: ["dstream/mapWithState.test.ts"]
  },
  {
    name: "mapWithState: writes down what a clock that was set back only seems to touch",
    file: "kernel/KeyedState.ts",
    source: "this.gone === 0 && !this.isWoundBack",
    replacement: "this.gone === 0",
    why: "a delta would be as large as all that is held",
    tests: ["kernel/KeyedState.test.ts"]
  },
  {
    name: "mapWithState: writes down what is gone",
    file: "kernel/KeyedState.ts",
    source: "this.gone === 0 && !this.isWoundBack",
    replacement: "!this.isWoundBack",
    why: "what was removed would be written down as there",
    tests: ["kernel/KeyedState.test.ts"]
  },
  {
    name: "mapWithState: refreshes where it should not",
    file: "kernel/MapMemory.ts",
    source: "this.rules.refreshOnRead &&",
    replacement: "!this.rules.refreshOnRead &&",
    why: "reading a state would keep it or not, against the option",
    tests: ["dstream/mapWithState.test.ts", "dstream/mapWithStateBounds.test.ts"]
  },
  {
    name: "updateStateByKey: keys of the batch are updated as idle too",
    file: "kernel/UpdateMemory.ts",
    source: "if (state === undefined || met.has(slot)) continue",
    replacement: "if (state === undefined) continue",
    why: "a key with values would be updated twice",
    tests: ["dstream/updateStateByKey.test.ts"]
  },
  {
    name: "updateStateByKeyPartition: keeps the wrong duplicate",
    file: "kernel/UpdateMemory.ts",
    source: "if (!kept.has(name)) kept.set(name, pair)",
    replacement: "kept.set(name, pair)",
    why: "of two states that are given for a key the last would count",
    tests: ["dstream/updateStateByKeyPartition.test.ts"]
  },
  {
    name: "runningReduceByKey: total and value swapped",
    file: "kernel/TotalMemory.ts",
    source: "this.merge(state, value)",
    replacement: "this.merge(value, state)",
    why: "a function that is not commutative would see records backwards",
    tests: ["dstream/runningReduceByKey.test.ts"]
  },
  {
    name: "runningReduceByKey: a key that was born again keeps its old slot",
    file: "kernel/TotalMemory.ts",
    source: "else if (now !== slot) changed.replace(place, now)",
    replacement: "",
    why: "a key that was removed and came back in one batch would not be emitted",
    tests: ["dstream/runningReduceByKey.test.ts"]
  },
  {
    name: "runningCountByKey: the idle keys are not all",
    file: "kernel/TotalMemory.ts",
    source: "!changed.has(slot)",
    replacement: "changed.has(slot)",
    why: "`emit: \"all\"` would tell the keys of the batch twice and no others",
    tests: ["dstream/runningCountByKey.test.ts", "dstream/runningReduceByKey.test.ts"]
  },
  {
    name: "distinct: forgets nothing",
    file: "kernel/DistinctMemory.ts",
    source: "of states.takeDue()) states.update(slot, undefined)",
    replacement: "of states.takeDue()) states.refresh(slot)",
    why: "what is over would be seen for ever, and held",
    tests: ["dstream/distinct.test.ts"]
  },
  {
    name: "distinct: what is over is still seen",
    file: "kernel/DistinctMemory.ts",
    source: "else if (states.isDue(slot)) states.refresh(slot)",
    replacement: "",
    why: "what comes again just after its time would not be told",
    tests: ["dstream/distinct.test.ts"]
  },
  {
    name: "topK: among equals the last that came",
    file: "kernel/TopMemory.ts",
    source: "rules.order(ranking[middle]!.item, item) >= 0",
    replacement: "rules.order(ranking[middle]!.item, item) > 0",
    why: "an equal would push out the one that was there first",
    tests: ["dstream/topK.test.ts"]
  },
  {
    name: "scan: does not commit",
    file: "dstream/scan.ts",
    source: "  commit(): void {\n    this.before = this.state\n",
    replacement: "  commit(): void {\n",
    why: "one failed batch would undo all before it",
    tests: ["dstream/scan.test.ts"]
  }
]

export const operators: ReadonlyArray<Mutant> = [...perBatch, ...windows, ...state]
