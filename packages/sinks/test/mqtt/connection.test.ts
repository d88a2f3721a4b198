/** The options of a connection, out of the program and out of its configuration. */
import { assert, describe, it } from "@effect/vitest"
import * as Mqtt from "@millrace/sinks/Mqtt"
import { Config, ConfigProvider, Effect, Layer, Redacted, Result } from "effect"
import { inspect } from "node:util"

const secret = "s3cret-7f3a"

const url = "mqtts://broker.internal"

/** What is built, or its error. */
const built = <E>(layer: Layer.Layer<Mqtt.MqttConnection, E>) => Effect.result(Effect.scoped(Layer.build(layer)))

/** As somebody gives them who is not held back by types. */
const given = (options: object) => built(Mqtt.layer(Object.assign({ url }, options)))

describe("Mqtt.layerConfig", () => {
  const config = {
    url: Config.String("MQTT_URL"),
    username: Config.String("MQTT_USERNAME"),
    password: Config.Redacted("MQTT_PASSWORD"),
    tls: { ca: Config.String("MQTT_CA") }
  }
  const reading = (env: Record<string, string>) =>
    Effect.provide(built(Mqtt.layerConfig(config)), ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
  const env = { MQTT_URL: url, MQTT_USERNAME: "fleet", MQTT_PASSWORD: secret, MQTT_CA: "PEM" }

  it.effect("reads options, and hides the password", () =>
    Effect.gen(function*() {
      const connection = yield* Effect.provide(
        Effect.service(Mqtt.MqttConnection),
        Mqtt.layerConfig(config).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
      )
      const { password, ...options } = connection.options
      assert.deepStrictEqual(options, { url, username: "fleet", tls: { ca: "PEM" } })
      assert(password !== undefined)
      assert.strictEqual(Redacted.value(password), secret)
      assert.notInclude(inspect(connection, { depth: 9 }) + JSON.stringify(connection), secret)
    }))

  it.effect("says what is wrong, and nothing of what was given", () =>
    Effect.gen(function*() {
      const result = yield* reading({ ...env, MQTT_URL: `mqtt://fleet:${secret}@broker.internal` })
      assert(Result.isFailure(result) && result.failure._tag === "MqttError")
      assert(result.failure.reason._tag === "InvalidOption")
      assert.strictEqual(result.failure.reason.option, "url")
      assert.include(result.failure.message, "with the user in username and password")
      assert.notInclude(inspect(result, { depth: 20 }) + JSON.stringify(result), secret)
    }))
})

describe("the options of a connection", () => {
  const cases: ReadonlyArray<readonly [option: string, options: object]> = [
    ["url", { url: `http://${secret}` }],
    ["url", { url: 7 }],
    ["password", { password: secret }],
    ["tls.key", { tls: { key: secret } }],
    ["tls", { url: "mqtt://broker.internal", tls: { ca: secret } }],
    ["protocolVersion", { protocolVersion: secret }],
    ["keepAlive", { keepAlive: "10 millis" }],
    ["keepAlive", { keepAlive: "1 day" }],
    ["keepAlive", { keepAlive: secret }],
    ["connectTimeout", { connectTimeout: 0 }],
    ["connectTimeout", { connectTimeout: Infinity }]
  ]
  for (const [option, options] of cases) {
    it.effect(`are refused with the name of ${option}, and are not quoted: ${JSON.stringify(options)}`, () =>
      Effect.gen(function*() {
        const result = yield* given(options)
        assert(Result.isFailure(result))
        const { isRetryable, message, reason } = result.failure
        assert(reason._tag === "InvalidOption")
        assert.deepStrictEqual([reason.option, isRetryable], [option, false])
        assert.include(message, `${option} must be `)
        assert.notInclude(inspect(result, { depth: 20 }) + JSON.stringify(result), secret)
      }))
  }

  it.effect("may be at their limits", () =>
    Effect.gen(function*() {
      for (const options of [{ keepAlive: "1 second" }, { keepAlive: 65_535_000 }, { connectTimeout: 1 }, { tls: {} }]) {
        assert.isTrue(Result.isSuccess(yield* given(options)), JSON.stringify(options))
      }
    }))
})
