/** One mistake each in what windows are made of, over batches and over event time. */
import type { Mutant } from "./Mutant.ts"

const overBatches: ReadonlyArray<Mutant> = [
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

const bounds: ReadonlyArray<Mutant> = [
  {
    name: "groupByKeyAndWindow: a key too many",
    file: "kernel/WindowReduce.ts",
    source: "this.keys.size >= bound.maxKeys",
    replacement: "this.keys.size > bound.maxKeys",
    why: "the bound would let one key more in than it says",
    tests: ["dstream/windowBounds.test.ts"]
  },
  {
    name: "reduceByKeyAndWindow, Spark's: keys of a batch that failed count",
    file: "kernel/SparkWindow.ts",
    source: "for (const name of this.freshNow) this.fresh.delete(name)",
    replacement: "",
    why: "a window would be full of keys that it does not hold",
    tests: ["kernel/windows.test.ts"]
  },
  {
    name: "reduceByKeyAndWindow: keys that changed in any order",
    file: "kernel/WindowReduce.ts",
    source: "return [...changed].sort(byAge)",
    replacement: "return [...changed]",
    why: "with `emit: \"changed\"` keys would not come by how long they are in the window",
    tests: ["dstream/reduceByKeyAndWindow.test.ts", "kernel/windows.test.ts"]
  }
]

const eventTime: ReadonlyArray<Mutant> = [
  {
    name: "reduceByKeyAndEventWindow: a closed window takes one more",
    file: "kernel/SeparateEventWindows.ts",
    source: "end <= schedule.closedBefore",
    replacement: "end < schedule.closedBefore",
    why: "a record that is late would open its window again",
    tests: ["dstream/reduceByKeyAndEventWindow.test.ts", "dstream/groupByKeyAndEventWindow.test.ts"]
  },
  {
    name: "groupByKeyAndEventWindow: sessions that touch become one",
    file: "kernel/Sessions.ts",
    source: "last.end <= start",
    replacement: "last.end < start",
    why: "a gap exactly as long as the session's would not end it",
    tests: ["dstream/groupByKeyAndEventWindow.test.ts"]
  },
  {
    name: "groupByKeyAndEventWindow: what was closed goes on",
    file: "kernel/Sessions.ts",
    source: "start < last.end && last.end > closedBefore",
    replacement: "start < last.end",
    why: "whether a record finds a session closed would depend on where batches are cut",
    tests: ["dstream/groupByKeyAndEventWindow.test.ts", "dstream/eventTimeLaws.test.ts"]
  },
  {
    name: "groupByKeyAndEventWindow: one pane per slide where there are two",
    file: "kernel/SlidingEventWindows.ts",
    source: "cutMillis > 0 && timestamp - newest >= cutMillis",
    replacement: "cutMillis > 0 && timestamp - newest > cutMillis",
    why: "a record at the end of a window would be in it where the slide does not divide the window",
    tests: ["dstream/groupByKeyAndEventWindow.test.ts"]
  },
  {
    name: "reduceByKeyAndEventWindow: combines what has changed since",
    file: "kernel/SlidingEventWindows.ts",
    source: "if (track.fold !== undefined && track.fold.to > start) track.fold.forget()",
    replacement: "",
    why: "a late record would not be in the windows that it is on time for",
    tests: ["dstream/groupByKeyAndEventWindow.test.ts"]
  },
  {
    name: "reduceByKeyAndEventWindow: windows as they closed, not in their order",
    file: "kernel/EventWindows.ts",
    source: ".finish(this.placing).sort(byEnd)",
    replacement: ".finish(this.placing)",
    why: "windows of a batch, and the keys of a window, would come in any order",
    tests: ["dstream/groupByKeyAndEventWindow.test.ts"]
  },
  {
    name: "reduceByKeyAndEventWindow: a key too many",
    file: "kernel/EventCells.ts",
    source: "this.keys >= maxKeys",
    replacement: "this.keys > maxKeys",
    why: "the bound would let one key more in than it says",
    tests: ["dstream/windowBounds.test.ts"]
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

export const windows: ReadonlyArray<Mutant> = [...overBatches, ...bounds, ...eventTime]
