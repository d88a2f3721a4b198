import { assert, describe, it } from "@effect/vitest"
import { mosquitto } from "@millrace/tool-services"
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connectAsync } from "mqtt"
import { advise } from "../mqtt-gear-check/advise.ts"
import { traffic } from "../mqtt-gear-check/drive.ts"
import { type GearTable, read } from "../mqtt-gear-check/GearTable.ts"
import { type Advice, alertText } from "../mqtt-gear-check/Telemetry.ts"
import { run } from "./program.ts"

const server = await mosquitto()

const tablePath = join(import.meta.dirname, "../mqtt-gear-check/gears.json")

/** What each vehicle should be told, by a plain loop. */
const expected = (table: GearTable, readings: number): ReadonlyArray<string> => {
  const advice = new Map<string, Advice>()
  return traffic(readings).flatMap((reading) => {
    const now = advise(table, reading)
    const before = advice.get(reading.vehicle) ?? "right"
    advice.set(reading.vehicle, now)
    return now === before ? [] : [alertText({ ...reading, advice: now })]
  })
}

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-gears-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe.skipIf(server === undefined)("mqtt-gear-check.ts", () => {
  it.live("tells the vehicles over MQTT what a plain loop would tell them, and ends", () =>
    Effect.gen(function*() {
      const base = `gears-${randomUUID().slice(0, 8)}`
      const url = server?.url ?? ""
      const heard: Array<string> = []
      const listener = yield* Effect.acquireRelease(
        Effect.promise(() => connectAsync(url, { protocolVersion: 5 })),
        (client) => Effect.promise(() => client.endAsync(true))
      )
      listener.on("message", (topic) => heard.push(topic))
      yield* Effect.promise(() => listener.subscribeAsync(`${base}/+/gear-alert`, { qos: 1 }))
      const { code, stderr, stdout } = yield* run("mqtt-gear-check.ts", ["5", url, base])
      assert.strictEqual(code, 0, stderr)
      const alerts = expected(yield* read(tablePath), 50)
      assert.isAbove(alerts.length, 5)
      const told = stdout.trimEnd().split("\n")
      assert.deepStrictEqual(told, [...alerts, `150 readings of 3 vehicles checked, ${alerts.length} alerts`])
      assert.strictEqual(heard.length, alerts.length)
      assert.include(heard, `${base}/taxi-2/gear-alert`)
    }).pipe(Effect.scoped), 40_000)
})

describe("the arguments of mqtt-gear-check.ts", () => {
  it.live("are refused with one line when they are none", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* run("mqtt-gear-check.ts", ["soon"])
      assert.deepStrictEqual([code, stdout], [1, ""])
      assert.include(stderr, "not \"soon\"")
    }))
})

describe("advise", () => {
  it.live("asks the table for speed and revolutions", () =>
    Effect.map(read(tablePath), (table) => {
      const advice = (gear: number, speed: number, revolutions: number) => advise(table, { gear, speed, revolutions })
      assert.strictEqual(advice(3, 40, 2000), "right")
      assert.strictEqual(advice(3, 54, 2701), "shift up")
      assert.strictEqual(advice(3, 54, 2700), "right")
      assert.strictEqual(advice(3, 29, 1299), "shift down")
      assert.strictEqual(advice(3, 60, 2600), "shift up")
      assert.strictEqual(advice(3, 27, 1400), "shift down")
      assert.strictEqual(advice(6, 150, 5500), "right", "there is no higher one")
      assert.strictEqual(advice(1, 0, 600), "right", "there is no lower one")
      assert.deepStrictEqual([advice(0, 5, 1000), advice(7, 120, 3000)], ["shift up", "shift down"])
    }))
})

describe("the table of gears", () => {
  it.live("is refused when it is none, and says why", () =>
    Effect.gen(function*() {
      const path = join(yield* temporaryDirectory, "gears.json")
      const problemOf = (text: string) => {
        writeFileSync(path, text)
        return Effect.map(Effect.flip(read(path)), ({ message }) => message)
      }
      assert.include(yield* problemOf("{"), path)
      assert.match(yield* problemOf("{\"gears\": []}"), /gears/)
      assert.match(yield* problemOf("{\"gears\": [{\"gear\": 1, \"speed\": [20, 0], \"revolutions\": [0, 1]}]}"), /lower end/)
      assert.match((yield* Effect.flip(read(`${path}.not`))).message, /cannot be read/)
    }).pipe(Effect.scoped))
})

