/** One side while it is measured: its process, the sender, and what both have told so far. */
import { type ChildProcess, fork, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { Delays } from "./Delays.ts"
import { type BatchLine, type FromSender, panes, type ToSender, type Workload } from "./protocol.ts"

export interface Program {
  readonly command: string
  readonly args: ReadonlyArray<string>
}

const wordsPerLine = 6
const patienceMillis = 30_000

export class Side {
  readonly startedAt = Date.now()
  delays = new Delays()
  /** When the first result that holds records was there. */
  firstResultAt: number | undefined
  /** Batches whose result is not what their records add up to. */
  wrong = 0
  private readonly child: ChildProcess
  private readonly sender: ChildProcess
  private readonly workload: Workload
  private done = 0
  private connected = false
  private ended = false
  /** The end of what it wrote to standard error: told only when it matters, for Spark writes some at every stop. */
  private errors = ""

  private constructor(program: Program, workload: Workload, sender: ChildProcess, port: number) {
    this.workload = workload
    this.sender = sender
    this.child = spawn(program.command, [...program.args, workload, String(port)], { stdio: "pipe" })
    this.child.stderr!.on("data", (data) => (this.errors = (this.errors + data).slice(-1_000)))
    this.child.on("error", () => (this.ended = true))
    this.child.on("exit", () => (this.ended = true))
    this.child.stdin!.on("error", () => {})
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.told(line))
    sender.on("message", (message: FromSender) => {
      if ("ticks" in message && this.connected) this.delays.due(message.ticks)
      if ("connected" in message) {
        this.connected = true
        this.delays = new Delays()
      }
    })
  }

  static async open(program: Program, workload: Workload): Promise<Side> {
    const sender = fork(join(import.meta.dirname, "sender.ts"), [workload], { execArgv: [] })
    const port = await new Promise<number>((resolve) => {
      sender.on("message", (message: FromSender) => "port" in message && resolve(message.port))
    })
    return new Side(program, workload, sender, port)
  }

  rate(linesPerSecond: number): void {
    const message: ToSender = { rate: linesPerSecond }
    if (this.sender.connected) this.sender.send(message)
  }

  /** Ends what runs, if anything, and starts with another interval; waits until lines can be sent. */
  async start(intervalMillis: number): Promise<void> {
    this.rate(0)
    this.connected = false
    await this.command(`start ${intervalMillis}`)
    await this.until(() => this.connected)
  }

  close(): void {
    this.child.kill("SIGKILL")
    this.sender.kill("SIGKILL")
  }

  /** Resident memory in MiB, where the platform tells it. */
  get memory(): number | undefined {
    try {
      const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))?.[1]
      return kib === undefined ? undefined : Number(kib) / 1024
    } catch {
      return undefined
    }
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + patienceMillis
    while (!condition()) {
      if (this.ended) throw new Error(`it ended by itself\n${this.errors}`)
      if (Date.now() > deadline) throw new Error(`it did not answer within ${patienceMillis / 1000} seconds`)
      await sleep(20)
    }
  }

  private async command(line: string): Promise<void> {
    const done = this.done
    this.child.stdin!.write(`${line}\n`)
    await this.until(() => this.done > done)
  }

  private told(text: string): void {
    if (!text.startsWith("{")) return
    const line: BatchLine | { readonly done: string } = JSON.parse(text)
    if ("done" in line) {
      this.done++
      return
    }
    this.delays.batch(line)
    if (line.records > 0) this.firstResultAt ??= line.at
    if (line.sum !== this.expected(line)) this.wrong++
  }

  private expected({ records }: BatchLine): number {
    if (this.workload === "words") return records * wordsPerLine
    if (this.workload === "state") return records
    return this.delays.batches.slice(-panes).reduce((sum, batch) => sum + batch.records, 0)
  }
}
