/**
 * For the tests of those who use Millrace. Knows no test framework.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { Chance } from "./simulation/Chance.ts"
export * as Batches from "./Batches.ts"
export * as Law from "./Law.ts"
export * as OperatorLaws from "./OperatorLaws.ts"
export * as ReceiverLaws from "./ReceiverLaws.ts"
export * as RecordingSink from "./RecordingSink.ts"
export * as ScriptedReceiver from "./ScriptedReceiver.ts"
export { ABORT, EOF, PAUSE } from "./ScriptedReceiver.ts"
export { SeededScheduler } from "./simulation/SeededScheduler.ts"
export { SimClock } from "./simulation/SimClock.ts"
export { SimDisk } from "./simulation/SimDisk.ts"
export { CurrentProcess, SimProcess } from "./simulation/SimProcess.ts"
export { SimSink, SimSinkError } from "./simulation/SimSink.ts"
export { SimSource, SimSourceError } from "./simulation/SimSource.ts"
export { Simulation, traceText } from "./simulation/Simulation.ts"
export * as SinkLaws from "./SinkLaws.ts"
export * as Temporal from "./Temporal.ts"
export * as TestPipeline from "./TestPipeline.ts"
