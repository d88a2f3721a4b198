import { assert, it } from "@effect/vitest"
import * as MySql from "@millrace/sinks/MySql"
import { Cause, Effect, Exit, Layer } from "effect"
import { registerHooks } from "node:module"

registerHooks({
  resolve: (specifier, context, next) => {
    if (!/(^|node_modules\/)mysql2(\/|$)/.test(specifier)) return next(specifier, context)
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" })
  }
})

it.effect("without the package that it connects by the layer dies, and says what to install", () =>
  Effect.gen(function*() {
    const exit = yield* Effect.exit(Effect.scoped(Layer.build(MySql.layer({}))))
    assert(Exit.isFailure(exit))
    assert.include(Cause.pretty(exit.cause), "npm install mysql2")
  }))
