import { expect, it } from "vitest"
import { problemAt, startPostgres } from "./postgres.ts"

it("is started where it is installed, and comes again on the same port with what it held", async (context) => {
  const found = await startPostgres()
  if ("missing" in found) return context.skip(found.missing)
  const { server } = found
  expect(await problemAt(server.url)).toBeUndefined()
  await server.kill()
  expect(await problemAt(server.url)).toContain("connect")
  await server.start()
  expect(await problemAt(server.url)).toBeUndefined()
  await server.close()
})

it("is no server where nobody listens", async () => {
  expect(await problemAt("postgres://postgres@127.0.0.1:1/test")).toContain("connect")
})
