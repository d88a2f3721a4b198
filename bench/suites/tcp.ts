/** From bytes on a socket to counted words: the whole engine with `Tcp.lines`, against a bare `node:net` loop. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import * as net from "node:net"
import { join } from "node:path"
import { DStream, Pipeline } from "@millrace/core"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Effect from "effect/Effect"
import { atLeast, type Figure, informational, type Suite } from "../harness/Figure.ts"
import { quiet } from "../harness/feed.ts"
import { median } from "../harness/statistics.ts"

const lines = 2_000_000
const words = lines * 6
const rounds = 5
const warm = 1

type Contender = (port: number) => Promise<number>
type Build = (lines: DStream.DStream<string, Tcp.TcpError>) => DStream.DStream<readonly [string, number], Tcp.TcpError>

interface Box {
  count: number
}

/** What one writes by hand: cut the text at newlines, keep what is not whole, count in one map. */
const hand: Contender = (port) =>
  new Promise((resolve, reject) => {
    const boxes = new Map<string, Box>()
    let rest = ""
    const socket = net.connect(port, "127.0.0.1")
    socket.setEncoding("utf8")
    socket.on("data", (text: string) => {
      const lines = (rest + text).split("\n")
      rest = lines.pop()!
      for (let i = 0; i < lines.length; i++) count(boxes, lines[i]!.split(" "))
    })
    socket.on("error", reject)
    socket.on("end", () => resolve([...boxes.values()].reduce((sum, box) => sum + box.count, 0)))
  })

const count = (boxes: Map<string, Box>, words: ReadonlyArray<string>): void => {
  for (let j = 0; j < words.length; j++) {
    const box = boxes.get(words[j]!)
    if (box === undefined) boxes.set(words[j]!, { count: 1 })
    else box.count++
  }
}

/** The engine as it runs in production, on the real clock; the slow start and the rate control are off. */
const engine = (build: Build): Contender => async (port) => {
  let sum = 0
  const receiver = Tcp.lines({ name: "tcp", host: "127.0.0.1", port, onEnd: "end", initialRate: Infinity })
  const output = DStream.foreachBatch(build(DStream.fromReceiver(receiver)), "counts", ({ items }) =>
    Effect.sync(() => {
      for (const [, n] of items) sum += n
    }))
  const pipeline = Pipeline.make("tcp", { batchInterval: "50 millis", backpressure: false, outputs: [output] })
  await Effect.runPromise(quiet(Pipeline.run(pipeline)))
  return sum
}

const contenders = {
  hand,
  pairs: engine((lines) =>
    lines.pipe(
      DStream.flatMap((line) => line.split(" ")),
      DStream.map((word) => [word, 1]),
      DStream.reduceByKey((left, right) => left + right)
    )
  ),
  keyed: engine((lines) => lines.pipe(DStream.flatMap((line) => line.split(" ")), DStream.countByValue)),
  split: engine((lines) => lines.pipe(DStream.split(" "), DStream.countByValue))
} satisfies Record<string, Contender>

interface Cost {
  /** User and system time of this process, collecting garbage included. */
  readonly cpuMillis: number
  readonly wallMillis: number
}

const cost = async (contender: Contender, port: number): Promise<Cost> => {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const counted = await contender(port)
  const { system, user } = process.cpuUsage(before)
  if (counted !== words) throw new Error(`Of ${words} words ${counted} were counted`)
  return { cpuMillis: (user + system) / 1000, wallMillis: performance.now() - startedAt }
}

const startSender = async (): Promise<{ readonly child: ChildProcess; readonly port: number }> => {
  const connections = Object.keys(contenders).length * (rounds + warm)
  const file = join(import.meta.dirname, "..", "tcp", "sender.ts")
  const stdio: Array<"ignore" | "pipe" | "inherit" | "ipc"> = ["ignore", "pipe", "inherit", "ipc"]
  const child = fork(file, [String(lines), String(connections)], { execArgv: [], stdio })
  const [port] = await once(child.stdout!, "data")
  return { child, port: Number(port) }
}

const measure = async (): Promise<ReadonlyMap<string, ReadonlyArray<Cost>>> => {
  const { child, port } = await startSender()
  const costs = new Map(Object.keys(contenders).map((name) => [name, new Array<Cost>()]))
  const all = Object.entries(contenders)
  for (let round = 0; round < warm + rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      const [name, contender] = all[(round + turn) % all.length]!
      const figure = await cost(contender, port)
      if (round >= warm) costs.get(name)!.push(figure)
    }
  }
  if (child.connected) child.disconnect()
  return costs
}

const figures = (costs: ReadonlyMap<string, ReadonlyArray<Cost>>): ReadonlyArray<Figure> => {
  const ratio = (name: string) =>
    median(costs.get("hand")!.map((hand, round) => hand.cpuMillis / costs.get(name)![round]!.cpuMillis))
  const nanos = (name: string) => median(costs.get(name)!.map(({ cpuMillis }) => cpuMillis)) * 1e6 / lines
  const against = (name: string) => `${nanos(name).toFixed(0)} ns of CPU per line against ${nanos("hand").toFixed(0)}`
  const millions = (name: string) => lines / median(costs.get(name)!.map(({ wallMillis }) => wallMillis)) / 1000
  return [
    atLeast("tcp.wordcount.vs.hand", 0.75, ratio("pairs"), against("pairs")),
    atLeast("tcp.wordcount.split.vs.hand", 1.1, ratio("split"), against("split")),
    informational("tcp.wordcount.countByValue.vs.hand", ratio("keyed"), "x", against("keyed")),
    informational("tcp.millions.per.second", millions("pairs"), "", `lines; by hand ${millions("hand").toFixed(2)}`)
  ]
}

export const tcp: Suite = {
  names: [
    "tcp.wordcount.vs.hand",
    "tcp.wordcount.split.vs.hand",
    "tcp.wordcount.countByValue.vs.hand",
    "tcp.millions.per.second"
  ],
  run: async () => figures(await measure())
}
