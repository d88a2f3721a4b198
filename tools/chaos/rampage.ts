/** Runs the program and ends it again and again, in every way that there is; then lets it finish, and looks. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { create, type Database, drop, linesIn } from "./Database.ts"
import { lineOf, makeEntries, writeInput } from "./input.ts"
import { Started, within } from "./Started.ts"
import { type Random, randomOf } from "./random.ts"
import { type Sender, serve } from "./sender.ts"
import type { Settings } from "./Settings.ts"
import { type Finding, type Stretch, verify, type Verdict } from "./verify.ts"

export interface Options {
  readonly kills: number
  readonly source: "files" | "tcp"
  readonly seed: number
  /** A PostgreSQL to write to as well. */
  readonly postgres?: string | undefined
  readonly forgets?: boolean | undefined
  /** After so many seconds it kills no more. */
  readonly seconds: number
  readonly tell: (line: string) => void
}

export type Way = "SIGKILL" | "SIGTERM" | "takeover"

export interface Outcome {
  readonly verdict: Verdict
  readonly findings: ReadonlyArray<Finding>
  readonly ways: Readonly<Record<Way, number>>
  /** Where everything is. Gone if nothing was found. */
  readonly directory: string
  readonly millis: number
}

const rate = 8_000
const patienceMillis = 60_000
/** So many lines may be between the sender and the journal: what is sent in a second and a half. */
const onTheirWay = rate / 2 * 1.5

export const rampage = async (options: Options): Promise<Outcome> => {
  const startedAt = performance.now()
  const directory = mkdtempSync(join(tmpdir(), "millrace-chaos-"))
  const run = new Rampage(directory, options)
  try {
    await run.killAll()
    await run.finish()
    run.stop()
    const { findings, verdict, ways } = run.outcome()
    if (findings.length === 0) rmSync(directory, { recursive: true })
    return { verdict, findings, ways, directory, millis: performance.now() - startedAt }
  } finally {
    run.stop()
    run.clear()
  }
}

class Rampage {
  readonly #directory: string
  readonly #options: Options
  readonly #random: Random
  readonly #entries: ReturnType<typeof makeEntries>
  readonly #ways: Record<Way, number> = { SIGKILL: 0, SIGTERM: 0, takeover: 0 }
  readonly #broken: Array<Finding> = []
  readonly #programs: Array<Started> = []
  readonly #mayMiss: Array<Stretch> = []
  readonly #database: Database | undefined
  #sender: Sender | undefined = undefined

  constructor(directory: string, options: Options) {
    this.#directory = directory
    this.#options = options
    this.#random = randomOf(options.seed)
    this.#database = options.postgres === undefined ? undefined : create(options.postgres)
    // More than the program gets through between its kills, and a rest for the last start.
    this.#entries = makeEntries(options.kills * 8_000 + 10_000, options.seed)
  }

  async killAll(): Promise<void> {
    const { kills, seconds, source } = this.#options
    writeInput(join(this.#directory, "input"), this.#entries)
    mkdirSync(join(this.#directory, "logs"))
    if (source === "tcp") this.#sender = await serve(this.#entries.map(lineOf), rate / 2)
    const end = performance.now() + seconds * 1_000
    let program = this.#start(false)
    for (let kill = 1; kill <= kills && performance.now() < end && this.#broken.length === 0; kill++) {
      const chance = this.#random.next()
      const way: Way = chance < 0.7 ? "SIGKILL" : chance < 0.85 ? "SIGTERM" : "takeover"
      // One half of the moments is counted from the start, the other from the first thing that came out.
      if (this.#random.next() < 0.5) await this.#progress(program)
      await sleep(this.#random.between(50, 1_500))
      if (program.hasEnded) {
        const { code } = await program.ended
        if (code !== 0) this.#found(`start ${this.#programs.length} ended by itself with ${code}`)
        break
      }
      this.#ways[way]++
      const sent = this.#sender?.sent() ?? 0
      program = await this.#end(program, way)
      this.#mayMiss.push([sent - onTheirWay, this.#sender?.sent() ?? 0])
      this.#look(kill, way)
    }
    if (this.#broken.length > 0 || program.hasEnded) return
    await this.#kill(program)
    const sent = this.#sender?.sent() ?? 0
    this.#mayMiss.push([sent - onTheirWay, sent])
  }

  /** The last start is left alone until the input is used up. */
  async finish(): Promise<void> {
    if (this.#broken.length > 0) return
    this.#sender?.hurry()
    const program = this.#start(false, rate * 5)
    const ended = await program.endsWithin(patienceMillis + this.#entries.length / rate * 2_000)
    if (ended === undefined) this.#found("the last start did not come to an end")
    else if (ended.code !== 0) this.#found(`the last start ended with ${ended.code}`)
  }

  stop(): void {
    for (const program of this.#programs) if (!program.hasEnded) program.signal("SIGKILL")
    this.#sender?.close()
  }

  /** Drops what is in the database, and keeps it in a file if something was found. */
  clear(): void {
    if (this.#database === undefined) return
    if (existsSync(this.#directory)) {
      writeFileSync(join(this.#directory, "postgres.txt"), linesIn(this.#database).map((line) => `${line}\n`).join(""))
    }
    drop(this.#database)
  }

  outcome() {
    const verdict = this.#verify(this.#broken.length === 0)
    return { verdict, findings: [...this.#broken, ...verdict.findings], ways: this.#ways }
  }

  #start(takeover: boolean, atRate = rate): Started {
    const { forgets = false } = this.#options
    const settings: Settings = {
      directory: this.#directory,
      rate: atRate,
      port: this.#sender?.port,
      postgres: this.#database,
      takeover,
      forgets,
      outbox: this.#random.next() < 0.5 ? "on" : "off",
      journalBytes: this.#random.next() < 0.5 ? 64 * 1024 : 1024 * 1024
    }
    const log = join(this.#directory, "logs", `${String(this.#programs.length + 1).padStart(4, "0")}.txt`)
    const program = new Started(settings, log)
    this.#programs.push(program)
    return program
  }

  /** Ends the program in that way; gives the one that runs then. */
  async #end(program: Started, way: Way): Promise<Started> {
    if (way === "takeover") return this.#takeOver(program)
    if (way === "SIGKILL") await this.#kill(program)
    else await this.#drain(program)
    return this.#start(false)
  }

  async #kill(program: Started): Promise<void> {
    program.signal("SIGKILL")
    await program.ended
  }

  async #drain(program: Started): Promise<void> {
    program.signal("SIGTERM")
    const ended = await program.endsWithin(patienceMillis)
    // Before the program listens to signals the system ends it by this one.
    if (ended !== undefined && (ended.code === 0 || ended.signal === "SIGTERM")) return
    const how = ended === undefined ? "it hangs" : `exit ${ended.code}`
    this.#found(`start ${this.#programs.length} did not drain: ${how}`)
  }

  /** A second owner takes over while the first one sleeps; that one wakes up later and has to notice. */
  async #takeOver(program: Started): Promise<Started> {
    program.signal("SIGSTOP")
    const next = this.#start(true)
    // It may have to wait for a lock that the first one fell asleep with.
    await within(3_000, this.#progress(next))
    await sleep(this.#random.between(0, 300))
    program.signal("SIGCONT")
    const ended = await program.endsWithin(patienceMillis)
    if (ended === undefined) this.#found("who was shut out went on")
    else if (ended.code === 0) this.#found("who was shut out ended as if it had not been")
    return next
  }

  /** Until another batch has come out, or the program has ended. */
  async #progress(program: Started): Promise<void> {
    const before = this.#batches()
    const end = performance.now() + patienceMillis
    while (this.#batches() === before && !program.hasEnded) {
      if (performance.now() > end) return this.#found(`start ${this.#programs.length} does not get on`)
      await within(10, program.ended)
    }
  }

  #batches(): number {
    try {
      return readdirSync(join(this.#directory, "records")).filter((name) => !name.startsWith(".")).length
    } catch {
      return 0
    }
  }

  #found(detail: string): void {
    this.#broken.push({ what: "wrong", detail })
  }

  #verify(isComplete: boolean): Verdict {
    const asked = { isComplete, mayMiss: this.#mayMiss, postgres: this.#database }
    return verify(this.#directory, asked, this.#entries)
  }

  /** After a kill nothing runs, or only what took over: what is there must be right, though not all. */
  #look(kill: number, way: Way): void {
    const { batches, findings, of, records } = this.#verify(false)
    this.#options.tell(`${String(kill).padStart(4)} ${way.padEnd(8)} ${records} of ${of} records, ${batches} batches`)
    this.#broken.push(...findings)
  }
}
