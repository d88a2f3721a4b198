/** What is said where the package that a connector reads by is not installed. */
import { assert, it } from "@effect/vitest"
import * as Files from "@millrace/receivers/Files"
import * as MySql from "@millrace/receivers/MySql"
import * as Postgres from "@millrace/receivers/Postgres"
import { Cause, Effect, Exit, Layer, Schema } from "effect"
import { registerHooks } from "node:module"
import { readUntil } from "./files/reading.ts"
import { temporaryDirectory, write } from "./files/support.ts"

registerHooks({
  resolve: (specifier, context, next) => {
    if (!/(^|node_modules\/)(csv-parse|mysql2|@effect\/sql-pg)(\/|$)/.test(specifier)) return next(specifier, context)
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" })
  }
})

it.effect("Files.csv fails with the name of the package, for good", () =>
  Effect.gen(function*() {
    const path = yield* temporaryDirectory
    write(path, { a: "b\n1\n" })
    const format = Files.csv({ schema: Schema.Struct({ b: Schema.String }) })
    const { error, records } = yield* readUntil(Files.read({ name: "rows", path, format }))
    assert.deepStrictEqual(error?.reason, new Files.MissingPackage({ package: "csv-parse" }))
    assert.include(error?.message, "csv-parse")
    assert.isFalse(error?.isRetryable)
    assert.lengthOf(records, 0)
  }))

const packages: ReadonlyArray<readonly [name: string, layer: Layer.Layer<never, unknown>]> = [
  ["mysql2", Layer.effectDiscard(MySql.MySqlClient).pipe(Layer.provide(MySql.layer({})))],
  ["@effect/sql-pg", Layer.effectDiscard(Effect.void).pipe(Layer.provide(Postgres.layer({})))]
]

for (const [name, layer] of packages) {
  it.effect(`the layer that connects by ${name} dies, and says what to install`, () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.scoped(Layer.build(layer)))
      assert(Exit.isFailure(exit))
      assert.include(Cause.pretty(exit.cause), `npm install ${name}`)
    }))
}
