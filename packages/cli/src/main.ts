#!/usr/bin/env node
/** The program `millrace`: arguments in, an exit code out. */
import * as Effect from "effect/Effect"
import { run } from "./program.ts"

process.exitCode = await Effect.runPromise(run(process.argv.slice(2)))
