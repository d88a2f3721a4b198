/** A Mosquitto for tests: one that runs, or an installed one on a directory of its own. */
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { certificateIn } from "./certificate.ts"
import { type Controls, Held } from "./Held.ts"
import { type Found, freePorts, service } from "./Service.ts"
import { shared } from "./shared.ts"
import { areThere, problemOf, programAt } from "./shell.ts"

/** How to reach it. */
export interface Mosquitto {
  /** "mqtt://host:port". */
  readonly url: string
  /** A listener with TLS, and the authority for it, in PEM. Only where it was started, on a machine with `openssl`. */
  readonly tls?: { readonly url: string; readonly ca: string }
}

/** A broker of one's own, to be broken. */
export interface StartedMosquitto extends Mosquitto, Controls {}

export interface MosquittoOptions {
  /** Whether sessions and what waits in them are on disk when it ends by `stop`; `kill` loses them. Default true. */
  readonly persistence?: boolean
  /** Names with passwords; nobody else may come in then. Without them everybody may. */
  readonly users?: Readonly<Record<string, string>>
  /** More lines for its configuration, such as "max_packet_size 1000". */
  readonly settings?: ReadonlyArray<string>
}

const local = "mqtt://127.0.0.1:1883"
const startMillis = 10_000
const waitMillis = 2_000

/** CONNECT of MQTT 3.1.1 with a clean session and no name. */
const connect = Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 5, 0, 0])

/** Nothing, or what is wrong. A server that wants a name is there as well. */
export const mosquittoProblemAt = (url: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = net.connect({ host: hostname, port: Number(port === "" ? 1883 : port) })
    const end = (problem: string | undefined) => {
      socket.destroy()
      resolve(problem)
    }
    socket.setTimeout(waitMillis, () => end(`no answer in ${waitMillis} ms`))
    socket.on("connect", () => socket.write(connect))
    socket.on("error", (error) => end(error.message))
    socket.on("close", () => end("it closes the connection"))
    socket.on("data", (data) => end(data[0] === 0x20 ? undefined : "what answers is no MQTT broker"))
  })

/** Writes the names down; nothing, or what is wrong. */
const writeUsers = async (file: string, users: Readonly<Record<string, string>>): Promise<string | undefined> => {
  const lines = Object.entries(users).map(([name, password]) => `${name}:${password}\n`)
  fs.writeFileSync(file, lines.join(""), { mode: 0o600 })
  return problemOf("mosquitto_passwd", ["-U", file])
}

/** Starts a broker that nobody else uses, in less than a second. It ends with this process. */
export const startMosquitto = async (options: MosquittoOptions = {}): Promise<Found<StartedMosquitto>> => {
  const { persistence = true, settings = [], users } = options
  const isThere = await areThere(["mosquitto", "mosquitto_passwd"], ["mosquitto"])
  const program = programAt("mosquitto")
  if (!isThere || program === undefined) return { missing: "none runs, and none is installed" }
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-mosquitto-"))
  const [plain = 0, secure = 0] = await freePorts(2)
  const certificate = await certificateIn(directory)
  const passwords = path.join(directory, "passwords")
  const configuration = path.join(directory, "mosquitto.conf")
  const problemOfUsers = users === undefined ? undefined : await writeUsers(passwords, users)
  const lines = [
    // As another user it could not read its directory.
    ...process.getuid?.() === 0 ? ["user root"] : [],
    `persistence ${persistence}`,
    `persistence_location ${directory}/`,
    // By default only a thousand messages wait for a client that is away; the others are dropped without a word.
    "max_queued_messages 1000000",
    users === undefined ? "allow_anonymous true" : `allow_anonymous false\npassword_file ${passwords}`,
    ...settings,
    `listener ${plain} 127.0.0.1`,
    ...certificate === undefined ? [] : [
      `listener ${secure} 127.0.0.1`,
      `certfile ${certificate.certificate}`,
      `keyfile ${certificate.key}`
    ]
  ]
  fs.writeFileSync(configuration, `${lines.join("\n")}\n`)
  const held = new Held({ command: [program, "-c", configuration], directory })
  const url = `mqtt://127.0.0.1:${plain}`
  const problem = problemOfUsers ?? await held.startAndWait(() => mosquittoProblemAt(url), startMillis)
  if (problem !== undefined) {
    await held.close()
    return { missing: `the one that was started does not answer: ${problem}` }
  }
  const server: StartedMosquitto = {
    url,
    ...certificate !== undefined && {
      tls: { url: `mqtts://127.0.0.1:${secure}`, ca: fs.readFileSync(certificate.certificate, "utf8") }
    },
    ...held.controls(() => mosquittoProblemAt(url), startMillis)
  }
  return { server, isStarted: true }
}

/**
 * The broker at `MILLRACE_TEST_MQTT_URL`; without that the one on the usual port, or an installed one that is started.
 */
export const findMosquitto = async (): Promise<Found<Mosquitto>> => {
  const given = process.env["MILLRACE_TEST_MQTT_URL"]
  const problem = await mosquittoProblemAt(given ?? local)
  if (problem === undefined) return { server: { url: given ?? local } }
  return given === undefined ? startMosquitto() : { missing: `the one that was named does not answer: ${problem}` }
}

/** The one that all tests of a run share. Names of topics and clients have to be one's own. */
export const mosquitto: () => Promise<Mosquitto | undefined> = service("Mosquitto", shared("Mosquitto", findMosquitto))
