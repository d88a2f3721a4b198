/**
 * Sends lines over loopback at the rate that it is told, to the one that connected last. A process of its own, the same
 * for both sides. What was due is counted whether or not the socket took it: a receiver that holds back is late.
 */
import * as net from "node:net"
import type { FromSender, ToSender } from "./protocol.ts"

const workload = process.argv[2]
const poolLines = 50_000
const tickMillis = 2
const reportMillis = 100

const word = (index: number) => `word${(index * 7919) % 2_000}`
const lineOf = (index: number) =>
  workload === "words"
    ? `${Array.from({ length: 6 }, (_, at) => word(index * 6 + at)).join(" ")}\n`
    : `key${(index * 7919) % 10_000},${index % 10}\n`

const lines = Array.from({ length: poolLines }, (_, index) => lineOf(index))
const pool = Buffer.from(lines.join(""))
const offsets = [0]
for (const line of lines) offsets.push(offsets.at(-1)! + line.length)

let rate = 0
let due = 0
let sent = 0
let last = Date.now()
let reported = 0
let ticks: Array<readonly [time: number, due: number]> = []
let socket: net.Socket | undefined

const tell = (message: FromSender) => process.connected && process.send!(message)

const write = () => {
  const to = socket
  if (to === undefined) return
  while (!to.writableNeedDrain && sent < Math.floor(due)) {
    const from = sent % poolLines
    const until = Math.min(poolLines, from + Math.floor(due) - sent, from + 5_000)
    to.write(pool.subarray(offsets[from], offsets[until]))
    sent += until - from
  }
}

const tick = () => {
  const now = Date.now()
  if (socket !== undefined) {
    due += rate * (now - last) / 1000
    ticks.push([now, Math.floor(due)])
  }
  last = now
  write()
  if (now - reported < reportMillis) return
  reported = now
  tell({ ticks })
  ticks = []
}

const server = net.createServer((accepted) => {
  socket?.destroy()
  socket = accepted
  due = sent = 0
  ticks = []
  accepted.on("drain", write)
  accepted.on("error", () => accepted.destroy())
  accepted.on("close", () => {
    if (socket === accepted) socket = undefined
  })
  tell({ connected: Date.now() })
})

process.on("message", (message: ToSender) => {
  tick()
  rate = message.rate
})
process.on("disconnect", () => process.exit(0))
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object" && address !== null) tell({ port: address.port })
})
setInterval(tick, tickMillis)
