/**
 * What Kafka needs on this machine: its jars by Maven, a formatted directory to copy, an archive of class data. Made
 * once for each pom.xml, and kept beside the modules.
 */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { certificateIn } from "../certificate.ts"
import { Held } from "../Held.ts"
import { type Found, freePorts } from "../Service.ts"
import { areThere, problemOf, programAt } from "../shell.ts"
import { javaFlags, propertiesOf, user } from "./broker.ts"
import { problemAt } from "./problemAt.ts"

export interface Distribution {
  readonly java: string
  /** Holds "lib", "formatted", a certificate, and soon "classes.jsa". */
  readonly directory: string
}

const pom = path.join(import.meta.dirname, "pom.xml")
/** A copy of the repository has links to the modules of the original, and so the same Kafka. */
const modules = path.dirname(
  fs.realpathSync(path.join(import.meta.dirname, "..", "..", "..", "node_modules", "effect"))
)

/** What is made here depends on these: with another one of them it is made again, in another folder. */
const digest = (): string => {
  const hash = createHash("sha256")
  for (const file of [pom, import.meta.filename, path.join(import.meta.dirname, "broker.ts")]) {
    hash.update(fs.readFileSync(file))
  }
  return hash.digest("hex").slice(0, 16)
}

export const archiveIn = (directory: string): string => path.join(directory, "classes.jsa")

export const classPath = (directory: string): string => path.join(directory, "lib", "*")

/** The ports are not in what is made, so any will do. */
const format = async (java: string, directory: string): Promise<string | undefined> => {
  const ports = { plain: 9092, controller: 9093, sasl: 9094, tls: 9095 }
  const properties = path.join(directory, "format.properties")
  fs.writeFileSync(properties, propertiesOf(ports, directory, undefined))
  const tool = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classPath(directory), "kafka.tools.StorageTool"]
  const scram = `SCRAM-SHA-256=[name=${user.username},password=${user.password}]`
  const flags = ["-t", "MillraceTestCluster01A", "-c", properties, "--add-scram", scram]
  const problem = await problemOf(java, [...tool, "format", ...flags])
  if (problem === undefined) fs.renameSync(path.join(directory, "data"), path.join(directory, "formatted"))
  return problem
}

/** Runs it once and keeps the classes that it took. Without them it starts more slowly, nothing else. */
const archiveClasses = async ({ directory, java }: Distribution): Promise<void> => {
  const [plain = 0, controller = 0, sasl = 0, tls = 0] = await freePorts(4)
  const trial = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-kafka-"))
  fs.cpSync(path.join(directory, "formatted"), path.join(trial, "data"), { recursive: true })
  const properties = path.join(trial, "server.properties")
  fs.writeFileSync(properties, propertiesOf({ plain, controller, sasl, tls }, trial, undefined))
  const archive = path.join(trial, "classes.jsa")
  const flags = javaFlags(`-XX:ArchiveClassesAtExit=${archive}`)
  const command = [java, ...flags, "-cp", classPath(directory), "kafka.Kafka", properties]
  const held = new Held({ command, directory: trial })
  try {
    await held.startAndWait(() => problemAt(`127.0.0.1:${plain}`), 60_000)
    await held.tell("TERM")
    if (!fs.existsSync(archive)) return
    const copy = `${archiveIn(directory)}-${process.pid}`
    fs.copyFileSync(archive, copy)
    fs.renameSync(copy, archiveIn(directory))
  } finally {
    await held.close()
  }
}

/** What was made from an older pom.xml is of no use. */
const forgetOthers = (directory: string): void => {
  const all = path.dirname(directory)
  for (const name of fs.readdirSync(all)) {
    const isMade = /^[0-9a-f]{16}$/.test(name)
    if (isMade && name !== path.basename(directory)) fs.rmSync(path.join(all, name), { recursive: true, force: true })
  }
}

/** Two at once make the same, each in a folder of its own; the first one to be ready is kept. */
const make = async (java: string, maven: string, directory: string): Promise<string | undefined> => {
  fs.mkdirSync(path.dirname(directory), { recursive: true })
  const making = fs.mkdtempSync(`${directory}-`)
  try {
    const arguments_ = [`-DoutputDirectory=${path.join(making, "lib")}`, "-DincludeScope=runtime"]
    const problem = await problemOf(maven, ["-B", "-q", "-f", pom, "dependency:copy-dependencies", ...arguments_])
      ?? await format(java, making)
    if (problem !== undefined) return problem
    await certificateIn(making)
    try {
      fs.renameSync(making, directory)
    } catch (error) {
      if (fs.existsSync(directory)) return undefined
      throw error
    }
    await archiveClasses({ java, directory })
    forgetOthers(directory)
    return undefined
  } finally {
    fs.rmSync(making, { recursive: true, force: true })
  }
}

/** Gives it, and makes it before where it is not there yet: that takes a good ten seconds, more if Maven must fetch. */
export const distribution = async (): Promise<Found<Distribution>> => {
  const directory = path.join(modules, ".cache", "millrace", "kafka", digest())
  const isMade = fs.existsSync(directory)
  await areThere(["java"], ["default-jre-headless"])
  if (!isMade) await areThere(["mvn"], ["maven"])
  const [java, maven] = [programAt("java"), programAt("mvn")]
  if (isMade && java !== undefined) return { server: { java, directory } }
  if (java === undefined || maven === undefined) {
    const needed = [java === undefined && "java (17 or newer)", maven === undefined && "mvn"].filter(Boolean)
    return { missing: `none runs, and to start one ${needed.join(" and ")} would be needed` }
  }
  const problem = await make(java, maven, directory)
  if (problem !== undefined) return { missing: `none runs, and its jars could not be had: ${problem}` }
  return { server: { java, directory } }
}
