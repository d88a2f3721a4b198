/** A Kafka for tests: one that runs, or a single broker on a directory of its own. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { certificateIn } from "../certificate.ts"
import { type Controls, Held } from "../Held.ts"
import { type Found, freePorts, service } from "../Service.ts"
import { shared } from "../shared.ts"
import { archiveIn, classPath, distribution } from "./distribution.ts"
import { javaFlags, propertiesOf, user } from "./broker.ts"
import { problemAt } from "./problemAt.ts"

/** How to reach it. Everything is allowed; topics are not made by being named. */
export interface Kafka {
  /** The bootstrap servers, "host:port": no encryption, no name. */
  readonly url: string
  /** A listener that asks for a name, by PLAIN or SCRAM-SHA-256. Only where it was started for the tests. */
  readonly sasl?: { readonly url: string; readonly username: string; readonly password: string }
  /** A listener with TLS, and the authority for it, in PEM. Only where it was started, on a machine with `openssl`. */
  readonly tls?: { readonly url: string; readonly ca: string }
}

/** A broker of one's own, to be broken. */
export interface StartedKafka extends Kafka, Controls {}

const local = "127.0.0.1:9092"
const startMillis = 60_000

/** Starts a broker that nobody else uses: about two seconds, 250 MB. It ends with this process. */
export const startKafka = async (): Promise<Found<StartedKafka>> => {
  const found = await distribution()
  if ("missing" in found) return found
  const { directory: made, java } = found.server
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-kafka-"))
  const [plain = 0, controller = 0, sasl = 0, tls = 0] = await freePorts(4)
  fs.cpSync(path.join(made, "formatted"), path.join(directory, "data"), { recursive: true })
  const certificate = await certificateIn(made)
  let ca = ""
  if (certificate !== undefined) {
    ca = fs.readFileSync(certificate.certificate, "utf8")
    fs.writeFileSync(path.join(directory, "keystore.pem"), `${fs.readFileSync(certificate.key, "utf8")}${ca}`)
  }
  const properties = path.join(directory, "server.properties")
  fs.writeFileSync(properties, propertiesOf({ plain, controller, sasl, tls }, directory, certificate))
  const flags = javaFlags(`-XX:SharedArchiveFile=${archiveIn(made)}`)
  const held = new Held({
    command: [java, ...flags, "-cp", classPath(made), "kafka.Kafka", properties],
    directory
  })
  const url = `127.0.0.1:${plain}`
  const problem = await held.startAndWait(() => problemAt(url), startMillis)
  if (problem !== undefined) {
    await held.close()
    return { missing: `the one that was started does not answer: ${problem}` }
  }
  const server: StartedKafka = {
    url,
    sasl: { url: `127.0.0.1:${sasl}`, ...user },
    ...certificate !== undefined && { tls: { url: `127.0.0.1:${tls}`, ca } },
    ...held.controls(() => problemAt(url), startMillis)
  }
  return { server, isStarted: true }
}

/**
 * The Kafka at `MILLRACE_TEST_KAFKA_URL`; without that the one on the usual port, or one that is started, from jars
 * that Maven fetches once.
 */
export const findKafka = async (): Promise<Found<Kafka>> => {
  const given = process.env["MILLRACE_TEST_KAFKA_URL"]
  const problem = await problemAt(given ?? local)
  if (problem === undefined) return { server: { url: given ?? local } }
  return given === undefined ? startKafka() : { missing: `the one that was named does not answer: ${problem}` }
}

/** The one that all tests of a run share. Names of topics, groups and transactions have to be one's own. */
export const kafka: () => Promise<Kafka | undefined> = service("Kafka", shared("Kafka", findKafka))
