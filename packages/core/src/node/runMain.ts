/**
 * The main program of a process.
 *
 * @stability unstable
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { hasProperty } from "effect/Predicate"
import * as Pipeline from "../Pipeline.ts"
import { PipelineError } from "../runtime/PipelineError.ts"
import { Watchdog } from "../runtime/Watchdog.ts"
import { watchdog } from "./watchdog.ts"

/** What a shell expects of a process that ended by a signal it did not handle gracefully. */
const interruptedExitCode = 130

/** Standard output is for results. A logger that the program provides itself takes its place. */
const logToStderr = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

/**
 * Runs a pipeline, or any effect that runs one, as the main program of a process.
 *
 * The first SIGINT or SIGTERM interrupts it, which drains the pipeline: what was received is processed and delivered,
 * finalizers run, and the exit code is 0. A second signal exits at once with 130. When nobody reads standard output
 * any more, as with `| head`, that is taken for a first signal. A failure is written to standard error, its message
 * first, and the exit code is 1. A batch that is not through after the pipeline's `batchDeadline` ends the process
 * with 86. Logs go to standard error too, unless the program provides a logger.
 *
 * @category running
 * @since 0.1.0
 */
export const runMain: {
  <E, R, LE>(pipeline: Pipeline.Pipeline<E, R>, options: { readonly layer: Layer.Layer<R, LE> }): void
  <A, E>(main: Pipeline.Pipeline<E, never> | Effect.Effect<A, E>): void
} = (
  main: Pipeline.Pipeline<unknown, unknown> | Effect.Effect<unknown, unknown, unknown>,
  options?: { readonly layer: Layer.Layer<unknown, unknown> }
): void => {
  const effect = Pipeline.isPipeline(main) ? Pipeline.run(main) : main
  const provided = (options === undefined ? effect : Effect.provide(effect, options.layer)) as Effect.Effect<unknown, unknown>
  const fiber = Effect.runFork(Effect.provideService(Effect.provide(provided, logToStderr), Watchdog, watchdog))
  // A fiber that waits does not keep the process alive by itself.
  const keepAlive = setInterval(() => {}, 2 ** 30)
  let stopping = false
  let exitCode: number | undefined = undefined
  const stop = () => {
    stopping = true
    fiber.interruptUnsafe()
  }
  const onSignal = () => {
    if (exitCode !== undefined || stopping) process.exit(exitCode ?? interruptedExitCode)
    stop()
  }
  process.on("SIGINT", onSignal)
  process.on("SIGTERM", onSignal)
  process.stdout.on("error", (error) => {
    if (!hasProperty(error, "code") || error.code !== "EPIPE") throw error
    if (!stopping) stop()
  })
  fiber.addObserver((exit) => {
    clearInterval(keepAlive)
    const failed = exit._tag === "Failure" && !Cause.hasInterruptsOnly(exit.cause)
    if (failed) process.stderr.write(`${report(exit.cause)}\n`)
    exitCode = failed ? 1 : 0
    if (failed || stopping) process.exit(exitCode)
  })
}

/**
 * The message of each expected error, also of a drain that failed, which comes as a defect beside the interruption; the
 * whole stack of any other defect, which is a bug to be found.
 */
const report = (cause: Cause.Cause<unknown>): string =>
  cause.reasons
    .filter((reason) => reason._tag !== "Interrupt")
    .map((reason) => {
      const error = reason._tag === "Fail" ? reason.error : reason.defect
      if (!(error instanceof Error)) return String(error)
      const isExpected = reason._tag === "Fail" || error instanceof PipelineError
      return isExpected ? error.message || error.name : error.stack ?? error.message
    })
    .join("\n")
