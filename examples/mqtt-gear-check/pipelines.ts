/** Three pipelines that know each other by topics alone: vehicles, the check, and the displays of the drivers. */
import { DStream, Pipeline, Receiver } from "@millrace/core"
import * as From from "@millrace/receivers/Mqtt"
import * as To from "@millrace/sinks/Mqtt"
import { Console, Effect, Layer } from "effect"
import { advise } from "./advise.ts"
import { drivers, traffic } from "./drive.ts"
import type { GearTable } from "./GearTable.ts"
import { Advice, Alert, alertText, Reading } from "./Telemetry.ts"

/** The broker of all three. */
export const brokerAt = (url: string) => Layer.merge(From.layer({ url }), To.layer({ url }))

const perSecond = 10

/** The vehicles: ten readings a second from each. It ends when all of them are published. `base` is what topics begin with. */
export const vehicles = (base: string, readings: number) => {
  const rate = drivers.length * perSecond
  const said = DStream.fromReceiver(
    Receiver.fromIterable({ name: "sensors", initialRate: rate, maxRate: rate }, traffic(readings))
  )
  const telemetry = To.publishJson({ topic: ({ vehicle }: Reading) => `${base}/${vehicle}/telemetry` })
  return Pipeline.make(`${base}-vehicles`, {
    batchInterval: "100 millis",
    outputs: [DStream.to(said, "telemetry", telemetry)]
  })
}

/**
 * The check: each reading against the table, and an alert to the vehicle when the advice changes. The broker keeps what
 * comes while nobody is there; a reading that comes twice is known by the place that its sender gave it. `counted` tells
 * how many alerts there were.
 */
export const check = (base: string, table: GearTable, counted: { alerts: number }) => {
  const telemetry = From.messages({
    name: "telemetry",
    clientId: `${base}-gear-check`,
    subscriptions: [`${base}/+/telemetry`],
    sessionExpiry: "10 minutes",
    deduplicateBy: (message) => From.userProperty(message, "millrace-batch"),
    payload: From.schema(Reading)
  })
  const changes = DStream.fromReceiver(telemetry).pipe(
    // A vehicle that says something else does not stop the others.
    DStream.onError("drop"),
    DStream.map(({ payload }): readonly [string, Reading] => [payload.vehicle, payload]),
    DStream.mapWithState({
      name: "advice",
      state: Advice,
      step: (reading: Reading, before: Advice | undefined): readonly [Advice, (Alert | undefined)?] => {
        const advice = advise(table, reading)
        return advice === (before ?? "right") ? [advice] : [advice, { ...reading, advice }]
      }
    }),
    DStream.flatMap((alert) => alert === undefined ? [] : [alert])
  )
  const alerts = To.publishJson({
    topic: ({ vehicle }: Alert) => `${base}/${vehicle}/gear-alert`,
    schema: Alert,
    properties: () => ({ contentType: "application/json", messageExpiry: "1 minute" })
  })
  return Pipeline.make(`${base}-gear-check`, {
    batchInterval: "100 millis",
    outputs: [
      DStream.to(changes, "alerts", alerts),
      DStream.foreachBatch(changes, "count", ({ items }) => Effect.sync(() => counted.alerts += items.length))
    ]
  })
}

/** The displays: prints what comes back to the vehicles. */
export const displays = (base: string) => {
  const alerts = From.messages({
    name: "alerts",
    clientId: `${base}-displays`,
    subscriptions: [`${base}/+/gear-alert`],
    sessionExpiry: "10 minutes",
    deduplicateBy: (message) => From.userProperty(message, "millrace-batch"),
    payload: From.schema(Alert)
  })
  const shown = DStream.map(DStream.fromReceiver(alerts), ({ payload }) => alertText(payload))
  return Pipeline.make(`${base}-displays`, {
    batchInterval: "100 millis",
    outputs: [DStream.foreachBatch(shown, "print", ({ items }) =>
      Effect.forEach(items, (line) => Console.log(line), { discard: true }))]
  })
}
