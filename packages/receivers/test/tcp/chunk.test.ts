import { assert, describe, it } from "@effect/vitest"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Schema from "effect/Schema"

const frames: ReadonlyArray<readonly [name: string, frame: Tcp.Frame<Uint8Array>, bytes: Uint8Array]> = [
  ["lengthPrefixed", Tcp.lengthPrefixed(), Uint8Array.of(0, 0, 0, 3, 0, 200, 255)],
  ["fixedLength", Tcp.fixedLength(3), Uint8Array.of(0, 200, 255)],
  ["separated", Tcp.separated("\n"), Uint8Array.of(0, 200, 255, 10)]
]

describe("what comes over TCP can be written down", () => {
  const address = { name: "peer", host: "127.0.0.1", port: 1 }

  it("lines are text", () => {
    assert.strictEqual(Tcp.lines(address).chunk, Schema.String)
    assert.strictEqual(Tcp.listenLines(address).chunk, Schema.String)
  })

  it.each(frames)("frames that are %s come back as they were", (_, frame, bytes) => {
    const given = frame.framer().push(bytes).payload
    for (const { chunk } of [Tcp.bytes({ ...address, frame }), Tcp.listenBytes({ ...address, frame })]) {
      assert(chunk !== undefined)
      const codec = Schema.toCodecJson(chunk)
      const written = JSON.stringify(given.map((each) => Schema.encodeSync(codec)(each)))
      assert.strictEqual(written, `["AMj/"]`)
      assert.deepStrictEqual(JSON.parse(written).map((each: unknown) => Schema.decodeUnknownSync(codec)(each)), given)
    }
  })

  it("a frame of one's own says so itself, or nothing", () => {
    const framer = Tcp.fixedLength(1).framer
    assert.isUndefined(Tcp.bytes({ ...address, frame: { framer } }).chunk)
    assert.strictEqual(Tcp.bytes({ ...address, frame: { framer, chunk: Schema.Uint8Array } }).chunk, Schema.Uint8Array)
  })
})
