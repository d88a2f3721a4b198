/**
 * Are the drivers in the right gear? Vehicles publish speed, revolutions and gear over MQTT; a pipeline looks them up in
 * a table, `mqtt-gear-check/gears.json`, and when its advice to a vehicle changes, tells it over MQTT.
 *
 *   node --conditions=@millrace/source examples/mqtt-gear-check.ts
 *   node --conditions=@millrace/source examples/mqtt-gear-check.ts 60 mqtt://127.0.0.1:1883 vehicles my-gears.json
 *
 * The first command runs it all for twenty seconds against a real broker: the Mosquitto that runs at 127.0.0.1:1883, or
 * an installed one, which is started and ended with it. The second says for how many seconds, which broker, what topics
 * begin with, and which table. Look at it from outside with `mosquitto_sub -t 'vehicles/#' -v`.
 */
import { CheckpointStore, Pipeline, StateStore } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import { Console, Data, Effect, Layer, Schedule } from "effect"
import { join } from "node:path"
import { broker } from "./mqtt-gear-check/broker.ts"
import { drivers } from "./mqtt-gear-check/drive.ts"
import { type GearTable, read } from "./mqtt-gear-check/GearTable.ts"
import { brokerAt, check, displays, vehicles } from "./mqtt-gear-check/pipelines.ts"

const [seconds = "20", url, base = "vehicles", path = join(import.meta.dirname, "mqtt-gear-check", "gears.json")] =
  process.argv.slice(2)

const until = <E>(
  { metrics }: Pipeline.RunningPipeline<E>,
  isDone: (metrics: Pipeline.PipelineMetrics) => boolean
): Effect.Effect<unknown> => Effect.repeat(metrics, { until: isDone, schedule: Schedule.spaced("20 millis") })

/** Whoever publishes before somebody has subscribed is heard by nobody. */
const subscribed = <E>(pipeline: Pipeline.RunningPipeline<E>) =>
  until(pipeline, ({ receivers }) => receivers.every(({ active }) => active))

class BadSeconds extends Data.TaggedError("BadSeconds")<{ readonly given: string }> {
  override get message() {
    return `The first argument is for how many seconds vehicles drive, not ${JSON.stringify(this.given)}`
  }
}

const readings = Math.round(Number(seconds) * 10)

const drive = Effect.fnUntraced(function*(table: GearTable) {
  const counted = { alerts: 0 }
  const shown = yield* Pipeline.start(displays(base))
  const checked = yield* Pipeline.start(check(base, table, counted))
  const all = Effect.gen(function*() {
    yield* subscribed(shown)
    yield* subscribed(checked)
    yield* Pipeline.run(vehicles(base, readings))
    const sent = readings * drivers.length
    yield* until(checked, ({ processedRecords }) => processedRecords >= sent)
    yield* checked.stop
    const { alerts } = counted
    yield* until(shown, ({ processedRecords }) => processedRecords >= alerts)
    yield* shown.stop
    yield* Console.log(`${sent} readings of ${drivers.length} vehicles checked, ${alerts} alerts`)
  })
  // One that fails before ends the program with its error.
  const failure = Effect.andThen(Effect.raceFirst(checked.awaitTermination(), shown.awaitTermination()), Effect.never)
  yield* Effect.raceFirst(all, failure)
})

const main = Effect.gen(function*() {
  if (!(Number(seconds) > 0 && Number(seconds) <= 86_400)) return yield* new BadSeconds({ given: seconds })
  const table = yield* read(path)
  yield* Effect.provide(drive(table), brokerAt(url ?? (yield* broker)))
})

/** What is remembered ends with the process: with `CheckpointFiles` it would go on, as in `stop-and-resume.ts`. */
const layer = Layer.merge(CheckpointStore.layerMemory, StateStore.layerMemory)

runMain(Effect.scoped(Effect.provide(main, layer)))
