/**
 * A server program on a directory of its own, which can be ended in every way and started again. It does not outlive
 * the process that started it, whatever becomes of that process, and neither does its directory.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { createInterface } from "node:readline"

/** What can be done to a server that was started. */
export interface Controls {
  /** Asks it to end, by SIGTERM; waits for that. */
  readonly stop: () => Promise<void>
  /** Ends it at once, by SIGKILL; waits for that. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same ports and the same directory; waits until it answers. */
  readonly start: () => Promise<void>
  /** It does nothing any more, by SIGSTOP, but its connections stay. */
  readonly pause: () => Promise<void>
  /** It goes on after a pause. */
  readonly resume: () => Promise<void>
  /** Ends it for good and removes its directory. The end of this process does that as well. */
  readonly close: () => Promise<void>
}

export interface Program {
  /** The program and its arguments. */
  readonly command: ReadonlyArray<string>
  /** Its own. What it says is in the file "log" there. */
  readonly directory: string
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** How it is ended with its directory. */
  readonly lastSignal?: "KILL" | "QUIT"
}

/** Reads words, one a line, and answers each by a line. The end of its input is the end of the server. */
const holding = `directory=$1; last=$2; shift 2
server=
while read -r word; do
  case $word in
    start) "$@" </dev/null >>"$directory/log" 2>&1 & server=$!; echo "$server" ;;
    look) if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then echo running; else echo ended; fi ;;
    STOP|CONT) kill -"$word" "$server"; echo done ;;
    *) kill -"$word" "$server"; kill -CONT "$server"; wait "$server"; server=; echo done ;;
  esac
done 2>/dev/null
[ -n "$server" ] && kill -"$last" "$server" && kill -CONT "$server"
wait
rm -rf "$directory"`

export class Held {
  readonly #holder: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  readonly #directory: string
  readonly #ended: Promise<void>
  #last: Promise<unknown> = Promise.resolve()

  constructor({ command, directory, lastSignal = "KILL", user }: Program) {
    this.#directory = directory
    this.#holder = spawn("sh", ["-c", holding, "sh", directory, lastSignal, ...command], {
      ...user,
      cwd: directory,
      stdio: ["pipe", "pipe", "pipe"],
      // What ends this process by a key of the terminal must not end the holder before its work is done.
      detached: true
    })
    this.#answers = createInterface({ input: this.#holder.stdout })[Symbol.asyncIterator]()
    this.#ended = new Promise((resolve) => this.#holder.once("exit", () => resolve()))
    this.#holder.stdin.on("error", () => {})
    this.#holder.unref()
    this.#keepsAwake(false)
  }

  /** Tells the holder a word and waits for its answer; one after the other. */
  tell(word: "start" | "look" | "TERM" | "KILL" | "STOP" | "CONT"): Promise<string> {
    const answer = this.#last.then(async () => {
      this.#keepsAwake(true)
      this.#holder.stdin.write(`${word}\n`)
      const { done, value } = await this.#answers.next()
      this.#keepsAwake(false)
      if (done === true) throw new Error(`what holds the server in ${this.#directory} has ended`)
      return value
    })
    this.#last = answer.catch(() => {})
    return answer
  }

  /** The last lines that the server has said. */
  get said(): string {
    const log = path.join(this.#directory, "log")
    return fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" | ") : ""
  }

  async close(): Promise<void> {
    await this.#last
    this.#holder.ref()
    this.#holder.stdin.end()
    await this.#ended
  }

  /** Starts it and waits until it answers; gives what is wrong if it does not within that time. */
  async startAndWait(problem: () => Promise<string | undefined>, millis: number): Promise<string | undefined> {
    await this.tell("start")
    const end = performance.now() + millis
    for (;;) {
      const found = await problem()
      if (found === undefined) return undefined
      const hasEnded = (await this.tell("look")) === "ended"
      if (hasEnded || performance.now() > end) return `${hasEnded ? "it has ended" : found}: ${this.said}`
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  controls(problem: () => Promise<string | undefined>, millis: number): Controls {
    const word = (each: "TERM" | "KILL" | "STOP" | "CONT") => async () => {
      await this.tell(each)
    }
    return {
      stop: word("TERM"),
      kill: word("KILL"),
      pause: word("STOP"),
      resume: word("CONT"),
      start: async () => {
        const found = await this.startAndWait(problem, millis)
        if (found !== undefined) throw new Error(`the server did not start again: ${found}`)
      },
      close: () => this.close()
    }
  }

  #keepsAwake(isAwake: boolean): void {
    for (const stream of [this.#holder.stdin, this.#holder.stdout, this.#holder.stderr]) {
      if (!("ref" in stream) || typeof stream.ref !== "function") continue
      if (!("unref" in stream) || typeof stream.unref !== "function") continue
      if (isAwake) stream.ref()
      else stream.unref()
    }
  }
}
