import { createConnection } from "mysql2/promise"
import { expect, it } from "vitest"
import { mysqlProblemAt, startMysql } from "./mysql.ts"

const query = async (url: string, text: string): Promise<unknown> => {
  const connection = await createConnection(url)
  try {
    const [rows] = await connection.query(text)
    return rows
  } finally {
    await connection.end()
  }
}

it("is started where it is installed, and holds after a kill what it held before", async (context) => {
  const found = await startMysql()
  if ("missing" in found) return context.skip(found.missing)
  const { server } = found
  await query(server.url, "CREATE TABLE kept (n INT) SELECT 7 AS n")
  await server.kill()
  expect(await mysqlProblemAt(server.url)).toBeDefined()
  await server.start()
  expect(await query(server.url, "SELECT n FROM kept")).toEqual([{ n: 7 }])
  await server.close()
})

it("is no server where nobody listens", async () => {
  expect(await mysqlProblemAt("mysql://root@127.0.0.1:1/test")).toContain("connect")
})
