/** Runs the program and ends it again and again, in every way that there is; then lets it finish, and looks. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { create, type Database, drop, linesIn } from "./Database.ts"
import { type Entry, makeEntries } from "./input.ts"
import { overKafka } from "./kafka.ts"
import { overMqtt } from "./mqtt.ts"
import { Started, within } from "./Started.ts"
import { type Random, randomOf } from "./random.ts"
import type { Settings, Source } from "./Settings.ts"
import { inFiles, overTcp, type Upstream } from "./Upstream.ts"
import { type Finding, type Stretch, verify, type Verdict } from "./verify.ts"
import { Written } from "./Written.ts"

export interface Options {
  readonly kills: number
  readonly source: Source["_tag"]
  readonly seed: number
  /** A PostgreSQL to write to as well. */
  readonly postgres?: string | undefined
  readonly forgets?: boolean | undefined
  /** After so many seconds it kills no more. */
  readonly seconds: number
  readonly tell: (line: string) => void
}

/** How the program is ended, or the broker while the program runs on. */
export type Way = "SIGKILL" | "SIGTERM" | "takeover" | "broker"

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
const perKill = 8_000
/** So many lines may be between the sender and the journal: what is sent in a second and a half. */
const onTheirWay = rate / 2 * 1.5
/** Where there is a broker, this one of every so many kills is its. */
const brokerEvery = 3
/** How long it may take until all that was sent has come out. */
const catchUpMillis = 120_000

export const rampage = async (options: Options): Promise<Outcome> => {
  const startedAt = performance.now()
  const directory = mkdtempSync(join(tmpdir(), "millrace-chaos-"))
  // More than the program gets through between its kills, and a rest for the last start.
  const entries = makeEntries(options.kills * perKill + 10_000, options.seed)
  const upstream = await openUpstream(options.source, directory, entries)
  const run = new Rampage(directory, options, entries, upstream)
  try {
    await run.killAll()
    await run.finish()
    const { findings, verdict, ways } = await run.outcome()
    if (findings.length === 0) rmSync(directory, { recursive: true })
    return { verdict, findings, ways, directory, millis: performance.now() - startedAt }
  } finally {
    await run.stop()
    run.clear()
  }
}

const openUpstream = async (
  source: Source["_tag"],
  directory: string,
  entries: ReadonlyArray<Entry>
): Promise<Upstream> => {
  switch (source) {
    case "files":
      return inFiles(join(directory, "input"), entries)
    case "tcp":
      return overTcp(entries, rate / 2)
    case "kafka":
      return overKafka(entries, rate / 2)
    case "mqtt":
      return overMqtt(entries, rate / 2)
  }
}

class Rampage {
  readonly #directory: string
  readonly #options: Options
  readonly #random: Random
  readonly #entries: ReadonlyArray<Entry>
  readonly #upstream: Upstream
  readonly #written: Written
  readonly #ways: Record<Way, number> = { SIGKILL: 0, SIGTERM: 0, takeover: 0, broker: 0 }
  readonly #broken: Array<Finding> = []
  readonly #programs: Array<Started> = []
  readonly #mayMiss: Array<Stretch> = []
  readonly #database: Database | undefined

  constructor(directory: string, options: Options, entries: ReadonlyArray<Entry>, upstream: Upstream) {
    this.#directory = directory
    this.#options = options
    this.#random = randomOf(options.seed)
    this.#entries = entries
    this.#upstream = upstream
    this.#written = new Written(join(directory, "records"))
    this.#database = options.postgres === undefined ? undefined : create(options.postgres)
  }

  async killAll(): Promise<void> {
    const { kills, seconds } = this.#options
    mkdirSync(join(this.#directory, "logs"))
    const end = performance.now() + seconds * 1_000
    let program = this.#start(false)
    for (let kill = 1; kill <= kills && performance.now() < end && this.#broken.length === 0; kill++) {
      const way = this.#choose(kill)
      this.#upstream.allow?.(kill * perKill)
      // One half of the moments is counted from the start, the other, and the first, from what came out first.
      if (this.#random.next() < 0.5 || kill === 1) await this.#progress(program)
      await sleep(this.#random.between(50, 1_500))
      if (program.hasEnded) {
        const { code } = await program.ended
        const mayEnd = code === 0 && this.#upstream.ends
        if (!mayEnd) this.#found(`start ${this.#programs.length} ended by itself with ${code}`)
        break
      }
      this.#ways[way]++
      const sent = this.#upstream.sent()
      program = await this.#end(program, way)
      this.#mayMiss.push([sent - onTheirWay, this.#upstream.sent()])
      await this.#look(kill, way)
    }
    if (this.#broken.length > 0 || program.hasEnded) return
    await this.#kill(program)
    const sent = this.#upstream.sent()
    this.#mayMiss.push([sent - onTheirWay, sent])
  }

  #choose(kill: number): Way {
    const chance = this.#random.next()
    if (this.#upstream.broker !== undefined && kill % brokerEvery === 2) return "broker"
    return chance < 0.7 ? "SIGKILL" : chance < 0.85 ? "SIGTERM" : "takeover"
  }

  /** The last start is left alone until the input is used up, or all that was sent has come out. */
  async finish(): Promise<void> {
    if (this.#broken.length > 0) return
    this.#upstream.hurry()
    const program = this.#start(false, rate * 5)
    if (!this.#upstream.ends) {
      await this.#allOut(program)
      return this.#drain(program)
    }
    const ended = await program.endsWithin(patienceMillis + this.#entries.length / rate * 2_000)
    if (ended === undefined) this.#found("the last start did not come to an end")
    else if (ended.code !== 0) this.#found(`the last start ended with ${ended.code}`)
  }

  async stop(): Promise<void> {
    for (const program of this.#programs) if (!program.hasEnded) program.signal("SIGKILL")
    await this.#upstream.close()
  }

  /** Drops what is in the database, and keeps it in a file if something was found. */
  clear(): void {
    if (this.#database === undefined) return
    if (existsSync(this.#directory)) {
      writeFileSync(join(this.#directory, "postgres.txt"), linesIn(this.#database).map((line) => `${line}\n`).join(""))
    }
    drop(this.#database)
  }

  async outcome() {
    const verdict = await this.#verify(this.#broken.length === 0)
    return { verdict, findings: [...this.#broken, ...verdict.findings], ways: this.#ways }
  }

  #start(takeover: boolean, atRate = rate): Started {
    const { forgets = false } = this.#options
    const settings: Settings = {
      directory: this.#directory,
      rate: atRate,
      source: this.#upstream.source,
      postgres: this.#database,
      kafka: this.#upstream.kafka,
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
    if (way === "broker") return this.#endBroker(program)
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

  /** The program has to bear that its broker is gone, and may be killed meanwhile. */
  async #endBroker(program: Started): Promise<Started> {
    const isKilled = this.#random.next() < 0.5
    await this.#upstream.broker?.end()
    await sleep(this.#random.between(0, 1_000))
    if (isKilled) await this.#kill(program)
    await this.#upstream.broker?.start()
    const next = isKilled ? this.#start(false) : program
    await this.#progress(next)
    return next
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

  /** Until more records have come out or all that are due have, or the program has ended. */
  async #progress(program: Started): Promise<void> {
    const before = this.#written.records
    const end = performance.now() + patienceMillis
    const isWaiting = () => this.#written.records === before && before < this.#upstream.due()
    while (isWaiting() && !program.hasEnded) {
      if (performance.now() > end) return this.#found(`start ${this.#programs.length} does not get on`)
      await within(10, program.ended)
    }
  }

  async #allOut(program: Started): Promise<void> {
    const end = performance.now() + catchUpMillis
    while (this.#written.records < this.#entries.length && !program.hasEnded && performance.now() < end) {
      await within(100, program.ended)
    }
  }

  #found(detail: string): void {
    this.#broken.push({ what: "wrong", detail })
  }

  async #verify(isComplete: boolean): Promise<Verdict> {
    const { committed, source } = this.#upstream
    const order = source._tag === "files" || source._tag === "tcp" ? "all" : "keys"
    // What the program does meanwhile is in the later ones, and those are read first.
    const kafka = await committed?.(isComplete)
    return verify(
      this.#directory,
      { isComplete, order, mayMiss: this.#mayMiss, postgres: this.#database, kafka },
      this.#entries
    )
  }

  /** After a kill nothing runs, or only what took over: what is there must be right, though not all. */
  async #look(kill: number, way: Way): Promise<void> {
    const { batches, findings, of, records } = await this.#verify(false)
    this.#options.tell(`${String(kill).padStart(4)} ${way.padEnd(8)} ${records} of ${of} records, ${batches} batches`)
    this.#broken.push(...findings)
  }
}
