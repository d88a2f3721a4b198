/** One mistake each in what operators are made of. */
import type { Mutant } from "./Mutant.ts"

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

const windows: ReadonlyArray<Mutant> = [
  {
    name: "window: begins one batch too early",
    file: "kernel/WindowItems.ts",
    source: "time <= this.time - this.windowMillis",
    replacement: "time < this.time - this.windowMillis",
    why: "a window would hold one batch more than its duration",
    tests: ["dstream/window.test.ts"]
  },
  {
    name: "groupByKeyAndWindow: a pane leaves one too late",
    file: "kernel/WindowReduce.ts",
    source: "pane.number <= last",
    replacement: "pane.number < last",
    why: "keys and values would stay a pane longer than their window",
    tests: ["dstream/groupByKeyAndWindow.test.ts"]
  },
  {
    name: "reduceByKeyAndWindow: the gap's last batch counts",
    file: "kernel/Panes.ts",
    source: "time > Math.ceil(",
    replacement: "time >= Math.ceil(",
    why: "with a slide longer than the window, a batch of the gap would get in",
    tests: ["dstream/reduceByKeyAndWindow.test.ts"]
  },
  {
    name: "reduceByKeyAndWindow: values in the wrong order",
    file: "kernel/Pile.ts",
    source: "f(values[values.length - 1 - i], total)",
    replacement: "f(total, values[values.length - 1 - i])",
    why: "a function that is not commutative would see the window backwards",
    tests: ["dstream/reduceByKeyAndWindow.test.ts"]
  },
  {
    name: "reduceByKeyAndWindow: takes off the wrong way round",
    file: "kernel/Pile.ts",
    source: "this.inverse(held.total, values[head])",
    replacement: "this.inverse(values[head], held.total)",
    why: "what leaves would have the total taken off it",
    tests: ["dstream/reduceByKeyAndWindow.test.ts"]
  },
  {
    name: "reduceByKeyAndWindow, Spark's: what left counts twice",
    file: "kernel/SparkWindow.ts",
    source: "if (time <= from || time > to) continue",
    replacement: "if (time < from || time > to) continue",
    why: "the batch at the edge would be taken off a second time",
    tests: ["dstream/reduceByKeyAndWindow.test.ts"]
  },
  {
    name: "countByWindow: tells of emptiness before there was anything",
    file: "kernel/unkeyed.ts",
    source: "return had && values.length === 0 ?",
    replacement: "return values.length === 0 ?",
    why: "0 would be emitted before the first record",
    tests: ["dstream/countByWindow.test.ts"]
  },
  {
    name: "countByValueAndWindow: counts from nought",
    file: "dstream/counting.ts",
    source: "first: () => 1",
    replacement: "first: () => 0",
    why: "each pane would lose one of every value",
    tests: ["dstream/countByValueAndWindow.test.ts"]
  },
  {
    name: "reduceByWindow: forgets which panes left",
    file: "kernel/WindowReduce.ts",
    source: "leaving.flatMap(({ times }) => times)",
    replacement: "leaving.flatMap(() => [])",
    why: "what is written down would grow without end",
    tests: ["kernel/windows.test.ts"]
  }
]

const state: ReadonlyArray<Mutant> = [
  {
    name: "mapWithState: a key is due in its last good batch",
    file: "kernel/Ages.ts",
    source: "if (entry.at < limit) due.push(entry)",
    replacement: "if (entry.at <= limit) due.push(entry)",
    why: "a key would time out one batch early",
    tests: ["dstream/mapWithState.test.ts"]
  },
  {
    name: "mapWithState: the youngest first",
    file: "kernel/Ages.ts",
    source: "left.born - right.born",
    replacement: "right.born - left.born",
    why: "timeouts would come in the wrong order, and the youngest would make room",
    tests: ["dstream/mapWithState.test.ts", "dstream/mapWithStateBounds.test.ts"]
  },
  {
    name: "mapWithState: a changed key is not touched",
    file: "kernel/KeyedState.ts",
    source: "      this.touch(held)\n      held.state = state\n",
    replacement: "      held.state = state\n",
    why: "the change would neither be written down nor rolled back",
    tests: ["dstream/mapWithState.test.ts"]
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
    source: "if (held.scratch !== undefined || held.state === undefined) continue",
    replacement: "if (held.state === undefined) continue",
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
    source: "this.merge(held.state, value)",
    replacement: "this.merge(value, held.state)",
    why: "a function that is not commutative would see records backwards",
    tests: ["dstream/runningReduceByKey.test.ts"]
  },
  {
    name: "runningCountByKey: the idle keys are not all",
    file: "kernel/TotalMemory.ts",
    source: "if (scratch !== batch && state !== undefined)",
    replacement: "if (scratch === batch && state !== undefined)",
    why: "`emit: \"all\"` would tell the keys of the batch twice and no others",
    tests: ["dstream/runningCountByKey.test.ts", "dstream/runningReduceByKey.test.ts"]
  },
  {
    name: "distinct: forgets nothing",
    file: "kernel/DistinctMemory.ts",
    source: "states.update(held, undefined)",
    replacement: "states.refresh(held)",
    why: "what is over would be seen for ever, and held",
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

const eventTime: ReadonlyArray<Mutant> = [
  {
    name: "reduceByKeyAndEventWindow: a closed window takes one more",
    file: "kernel/EventWindows.ts",
    source: "start + windowMillis <= closedBefore",
    replacement: "start + windowMillis < closedBefore",
    why: "a record that is late would open its window again",
    tests: ["dstream/reduceByKeyAndEventWindow.test.ts", "dstream/groupByKeyAndEventWindow.test.ts"]
  },
  {
    name: "groupByKeyAndEventWindow: sessions that touch become one",
    file: "kernel/EventWindows.ts",
    source: "track.cells[from - 1]!.end > start",
    replacement: "track.cells[from - 1]!.end >= start",
    why: "a gap exactly as long as the session's would not end it",
    tests: ["dstream/groupByKeyAndEventWindow.test.ts"]
  },
  {
    name: "lateRecords: the farthest that is allowed is refused",
    file: "kernel/EventWindows.ts",
    source: "if (timestamp > this.latest)",
    replacement: "if (timestamp >= this.latest)",
    why: "a record exactly at the bound would be called one of the future",
    tests: ["dstream/assignTimestamps.test.ts", "dstream/lateRecords.test.ts"]
  },
  {
    name: "assignTimestamps: an idle source one batch early",
    file: "kernel/Watermark.ts",
    source: "this.now <= source.seen + idleMillis",
    replacement: "this.now < source.seen + idleMillis",
    why: "a source would not be waited for that still should be",
    tests: ["dstream/assignTimestamps.test.ts"]
  },
  {
    name: "assignTimestamps: the fastest source decides",
    file: "kernel/Watermark.ts",
    source: "source.high < slowest.high",
    replacement: "source.high > slowest.high",
    why: "what slower sources still have would be late",
    tests: ["dstream/assignTimestamps.test.ts"]
  }
]

export const operators: ReadonlyArray<Mutant> = [...perBatch, ...windows, ...state, ...eventTime]
