/** State that no heap holds: keys on disk, counted by a process whose heap is too small for them. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { type Figure, informational, type Suite } from "../harness/Figure.ts"

/** Enough to outgrow what is live; `--keys 10000000` is for the whole of it. */
const fewKeys = 500_000

const heapMebibytes = 256

const figures = async (keys: number): Promise<ReadonlyArray<Figure>> => {
  const program = join(import.meta.dirname, "..", "harness", "largeState.ts")
  const live = String(keys / 50)
  const args = [`--max-old-space-size=${heapMebibytes}`, ...process.execArgv, program, "--keys", String(keys), "--live", live]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const measured: unknown = JSON.parse(stdout)
  const value = (name: string): number => {
    const found = Object.entries(Object(measured)).find(([key]) => key === name)?.[1]
    if (typeof found !== "number") throw new Error(`The program did not say ${name}`)
    return found
  }
  const mebibytes = (name: string) => `${Math.round(value(name) / 1024 / 1024)} MiB`
  const perSecond = (name: string) => `${Math.round(value(name))}`
  return [
    informational(
      "state.1e7.on.disk",
      value("newCpu"),
      "keys/s of CPU",
      `${keys} new keys, ${perSecond("new")}/s by the clock; of those ${perSecond("cold")}/s that are not live and ` +
        `${perSecond("hot")}/s that are; heap ${mebibytes("heap")}, process ${mebibytes("resident")}, file ${mebibytes("file")}`
    )
  ]
}

export const disk = (keys = fewKeys): Suite => ({ names: ["state.1e7.on.disk"], run: () => figures(keys) })
