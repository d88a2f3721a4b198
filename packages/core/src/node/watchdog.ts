/** A thread that looks whether batches come to an end, and ends the process when one does not. */
import { Worker } from "node:worker_threads"
import type { Watch } from "../runtime/Watchdog.ts"

/** What the thread is told of a pipeline: a count that is odd while a batch is in the stages, and the batch. */
interface Watched {
  readonly pipeline: string
  readonly deadlineMillis: number
  readonly beats: Int32Array
}

/** Runs in the thread, as text: it may use nothing of this file. */
const guard = () => {
  const { parentPort } = process.getBuiltinModule("node:worker_threads")
  const { Session } = process.getBuiltinModule("node:inspector")
  const { writeSync } = process.getBuiltinModule("node:fs")
  const standardError = 2
  const graceMillis = 5000
  let bitten = false

  /** The main thread has no time to listen: it is stopped as a debugger does it, which also says where it is. */
  const bite = (what: string) => {
    bitten = true
    setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMillis)
    const session = new Session()
    const files = new Map<string, string>()
    session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => files.set(scriptId, url))
    session.connectToMainThread()
    session.on("Debugger.paused", ({ params: { callFrames } }) => {
      const places = callFrames.slice(0, 8).map(({ functionName, location: { lineNumber, scriptId } }) =>
        `    at ${functionName || "(anonymous)"} (${files.get(scriptId) || "generated"}:${lineNumber + 1})`)
      writeSync(standardError, `${what}. It is in\n${places.join("\n")}\n`)
      session.post("Debugger.evaluateOnCallFrame", {
        callFrameId: callFrames[0]?.callFrameId ?? "",
        expression: "globalThis.process.exit(86)"
      })
    })
    session.post("Debugger.enable", () => session.post("Debugger.pause"))
  }

  parentPort?.on("message", ({ beats, deadlineMillis, pipeline }: Watched) => {
    let seen = 0
    let since = 0
    setInterval(() => {
      const count = Atomics.load(beats, 0)
      if (count !== seen || count % 2 === 0) {
        seen = count
        since = performance.now()
      } else if (!bitten && performance.now() - since > deadlineMillis) {
        const batch = Atomics.load(beats, 1)
        const name = JSON.stringify(pipeline)
        bite(`Batch ${batch} of pipeline ${name} is not through after its batchDeadline of ${deadlineMillis} ms`)
      }
    }, Math.max(5, Math.min(1000, deadlineMillis / 4)))
  })
}

let thread: Worker | undefined

/** Begins to watch. There is one thread, from the first pipeline that asks for it. */
export const watchdog = (pipeline: string, deadlineMillis: number): Watch => {
  if (thread === undefined) {
    thread = new Worker(`(${guard})()`, { eval: true, name: "watchdog" })
    thread.unref()
  }
  const beats = new Int32Array(new SharedArrayBuffer(8))
  const told: Watched = { pipeline, deadlineMillis, beats }
  thread.postMessage(told)
  return {
    begin: (batch) => {
      Atomics.store(beats, 1, batch)
      Atomics.add(beats, 0, 1)
    },
    end: () => {
      Atomics.add(beats, 0, 1)
    }
  }
}
