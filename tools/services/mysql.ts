/** A MariaDB, or a MySQL, for tests: one that runs, or an installed MariaDB on a directory of its own. */
import * as fs from "node:fs"
import { createConnection } from "mysql2/promise"
import * as os from "node:os"
import * as path from "node:path"
import { certificateIn } from "./certificate.ts"
import { type Controls, Held } from "./Held.ts"
import { type Found, freePort, service } from "./Service.ts"
import { shared } from "./shared.ts"
import { areThere, problemOf, programAt } from "./shell.ts"

/** How to reach it. The user may do everything in the database. */
export interface Mysql {
  /** "mysql://user@host:port/database". */
  readonly url: string
  /** The authority for its certificate, in PEM. Only where it was started, on a machine with `openssl`. */
  readonly ca?: string
}

/** A server of one's own, to be broken. */
export interface StartedMysql extends Mysql, Controls {}

export interface MysqlOptions {
  /** More settings of the server, such as "--sql-mode=TRADITIONAL". */
  readonly settings?: ReadonlyArray<string>
}

const local = "mysql://root@127.0.0.1:3306/test"
const startMillis = 30_000

/** Nothing, or what is wrong. */
export const mysqlProblemAt = async (url: string): Promise<string | undefined> => {
  try {
    const connection = await createConnection({ uri: url, connectTimeout: 2_000 })
    try {
      await connection.query("SELECT 1")
    } finally {
      connection.destroy()
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Starts a server that nobody else uses. It ends with this process. */
export const startMysql = async ({ settings = [] }: MysqlOptions = {}): Promise<Found<StartedMysql>> => {
  const isThere = await areThere(["mariadbd", "mariadb-install-db"], ["mariadb-server"])
  const [program, install] = [programAt("mariadbd"), programAt("mariadb-install-db")]
  if (!isThere || program === undefined || install === undefined) {
    return { missing: "none runs, and none is installed" }
  }
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-mysql-"))
  const data = path.join(directory, "data")
  const user = process.getuid?.() === 0 ? ["--user=root"] : []
  const small = ["--innodb-log-file-size=16M", "--innodb-buffer-pool-size=32M"]
  const open = ["--auth-root-authentication-method=normal", "--skip-name-resolve"]
  const problemOfInstall = await problemOf(install, ["--no-defaults", `--datadir=${data}`, ...open, ...small, ...user])
  const certificate = await certificateIn(directory)
  const secure = certificate === undefined
    ? []
    : [`--ssl-cert=${certificate.certificate}`, `--ssl-key=${certificate.key}`]
  const port = await freePort()
  const places = [`--datadir=${data}`, `--socket=${path.join(directory, "socket")}`, `--port=${port}`]
  const own = ["--bind-address=127.0.0.1", "--skip-name-resolve", ...small, ...user]
  const flags = ["--no-defaults", ...places, ...own, ...secure, ...settings]
  const held = new Held({ command: [program, ...flags], directory })
  const url = `mysql://root@127.0.0.1:${port}/test`
  const problem = problemOfInstall ?? await held.startAndWait(() => mysqlProblemAt(url), startMillis)
  if (problem !== undefined) {
    await held.close()
    return { missing: `the one that was started does not answer: ${problem}` }
  }
  const server: StartedMysql = {
    url,
    ...certificate !== undefined && { ca: fs.readFileSync(certificate.certificate, "utf8") },
    ...held.controls(() => mysqlProblemAt(url), startMillis)
  }
  return { server, isStarted: true }
}

/**
 * The server at `MILLRACE_TEST_MYSQL_URL`; without that the one on the usual port with a database "test", or an
 * installed one that is started.
 */
export const findMysql = async (): Promise<Found<Mysql>> => {
  const given = process.env["MILLRACE_TEST_MYSQL_URL"]
  const problem = await mysqlProblemAt(given ?? local)
  if (problem === undefined) return { server: { url: given ?? local } }
  return given === undefined ? startMysql() : { missing: `the one that was named does not answer: ${problem}` }
}

/** The one that all tests of a run share. Names of tables have to be one's own. */
export const mysql: () => Promise<Mysql | undefined> = service("MariaDB", shared("MariaDB", findMysql))
