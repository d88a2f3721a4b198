/**
 * For the tests of those who use Millrace. Knows no test framework.
 *
 * @stability unstable
 * @since 0.1.0
 */
export * as Batches from "./Batches.ts"
export * as Law from "./Law.ts"
export * as RecordingSink from "./RecordingSink.ts"
export * as ScriptedReceiver from "./ScriptedReceiver.ts"
export { ABORT, EOF, PAUSE } from "./ScriptedReceiver.ts"
export * as TestPipeline from "./TestPipeline.ts"
