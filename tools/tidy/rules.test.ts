import { assert, describe, it } from "vitest"
import { begin, draw, end, pictureIsFresh, withPicture } from "./picture.ts"
import { make, show } from "./Repository.ts"
import type { Rule } from "./Repository.ts"
import { noMachines, oneTitle } from "./rules/documents.ts"
import { bans, escapes, lengths, widths } from "./rules/files.ts"
import { importsExist, importsGoDown, noCycles, noDeadFiles, operatorsAreTested } from "./rules/house.ts"
import { connectorsStandAlone, coreStandsOnEffect, doorsExist, onlyThroughDoors } from "./rules/walls.ts"

type Files = Readonly<Record<string, string>>

const found = (rule: Rule, files: Files): ReadonlyArray<string> => rule(make(Object.entries(files))).map(show)

const core = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`packages/core/src/${path}`, text]))

const manifest = (name: string, doors: Readonly<Record<string, string>>, peers: ReadonlyArray<string> = []): string =>
  JSON.stringify({
    name: `@millrace/${name}`,
    peerDependencies: Object.fromEntries(peers.map((peer) => [peer, "*"])),
    exports: Object.fromEntries(
      Object.entries(doors).map(([subpath, path]) => [
        subpath,
        {
          "@millrace/source": `./src/${path}.ts`,
          types: `./dist/${path}.d.ts`,
          default: `./dist/${path}.js`
        }
      ])
    )
  })

const says = (problems: ReadonlyArray<string>, ...expected: ReadonlyArray<RegExp>) => {
  assert.strictEqual(problems.length, expected.length, problems.join("\n"))
  expected.forEach((pattern, index) => assert.match(problems[index]!, pattern))
}

describe("the house", () => {
  it("reports an import that goes up, types counted", () => {
    says(
      found(importsGoDown, core({ "batch/Batch.ts": `import type { A } from "../dstream/A.ts"`, "dstream/A.ts": "" })),
      /^packages\/core\/src\/batch\/Batch.ts:1 imports \.\.\/dstream\/A\.ts from a higher floor$/
    )
  })

  it("reports every way to write an import", () => {
    const text = `export * from "../plan/A.ts"
export type { B } from "../plan/A.ts"
type C = import("../plan/A.ts").C
const d = () => import("../plan/A.ts")`
    says(found(importsGoDown, core({ "batch/Batch.ts": text, "plan/A.ts": "" })), /:1 /, /:2 /, /:3 /, /:4 /)
  })

  it("reports that the rooms of one floor know each other, and a room that no floor lists", () => {
    says(
      found(importsGoDown, core({ "kernel/A.ts": `import "../store/B.ts"`, "store/B.ts": "" })),
      /kernel\/A.ts:1 .* a room of its own floor that it does not know$/
    )
    says(found(importsGoDown, core({ "attic/A.ts": `import "./B.ts"`, "attic/B.ts": "" })), /no floor lists: attic$/)
  })

  it("lets node stand on the nouns, and no noun on node", () => {
    says(found(importsGoDown, core({ "node/A.ts": `import "../B.ts"`, "B.ts": "" })))
    says(found(importsGoDown, core({ "B.ts": `import "./node/A.ts"`, "node/A.ts": "" })), /a room of its own floor/)
  })

  it("lets imports go down and stay within a room", () => {
    says(
      found(
        importsGoDown,
        core({
          "index.ts": `export * from "./runtime/run.ts"`,
          "runtime/run.ts": `import "./step.ts"; import "../kernel/A.ts"; import "effect/Effect"`,
          "runtime/step.ts": "",
          "kernel/A.ts": ""
        })
      )
    )
  })

  it("reports a cycle, one of types too", () => {
    says(
      found(noCycles, core({ "a/A.ts": `import "./B.ts"`, "a/B.ts": `import type { A } from "./A.ts"` })),
      /A\.ts → .*B\.ts → .*A\.ts$/
    )
    says(
      found(noCycles, core({ "a/A.ts": `import "./B.ts"; import "./C.ts"`, "a/B.ts": `import "./C.ts"`, "a/C.ts": "" }))
    )
  })

  it("reports an import of a file that is not there", () => {
    says(
      found(importsExist, core({ "batch/Batch.ts": `import "./Gone.ts"` })),
      /:1 imports \.\/Gone\.ts, which is not there$/
    )
  })

  it("reports files that only dead files or tests import", () => {
    const files = {
      "packages/core/package.json": manifest("core", { ".": "index" }),
      ...core({
        "index.ts": `export * from "./batch/Live.ts"`,
        "batch/Live.ts": "",
        "batch/Dead.ts": `import "./Deader.ts"`,
        "batch/Deader.ts": ""
      }),
      "packages/core/test/Dead.test.ts": `import "../src/batch/Dead.ts"`
    }
    says(found(noDeadFiles, files), /batch\/Dead\.ts is reached/, /batch\/Deader\.ts is reached/)
  })

  it("reports an operator without a test, but no noun and no helper", () => {
    const shown = ["map", "filter", "Node"].map((name) => `export { a } from "./dstream/${name}.ts"`).join("\n")
    says(
      found(operatorsAreTested, {
        ...core({ "DStream.ts": shown, "dstream/map.ts": "", "dstream/filter.ts": "", "dstream/help.ts": "" }),
        "packages/core/test/dstream/filter.test.ts": ""
      }),
      /dstream\/map\.ts has no test/
    )
  })
})

describe("the walls", () => {
  it("reports what core may not stand on", () => {
    const text = `import "effect/Effect"\nimport "effect"\nimport "node:fs"\nimport "lodash"`
    says(
      found(coreStandsOnEffect, core({ "batch/A.ts": text })),
      /:2 imports effect:/,
      /:3 imports node:fs/,
      /:4 imports lodash/
    )
    says(found(coreStandsOnEffect, core({ "node/A.ts": text })), /:2 /, /:4 /)
  })

  const connectors = (a: string, b = ""): Files => ({
    "packages/receivers/package.json": manifest("receivers", { "./A": "a/index" }, [
      "@millrace/core",
      "effect",
      "mqtt"
    ]),
    "packages/receivers/src/a/index.ts": a,
    "packages/receivers/src/a/b.ts": b,
    "packages/receivers/src/c/index.ts": ""
  })

  it("reports a connector that knows another, a stranger or the barrel of Effect", () => {
    const text = `import "./b.ts"\nimport "../c/index.ts"\nimport "kafkajs"\nimport "effect"
import "@millrace/sinks/Console"
import "@millrace/core/node"\nimport "effect/Effect"\nimport "node:net"\nimport "mqtt/client"`
    says(
      found(connectorsStandAlone, connectors(text)),
      /:2 imports \.\.\/c\/index\.ts outside its folder/,
      /:3 imports kafkajs, which is no optional peer/,
      /:4 imports effect, /,
      /:5 imports @millrace\/sinks\/Console, /
    )
  })

  it("reports a driver that two files of a connector import", () => {
    says(
      found(connectorsStandAlone, connectors(`import "mqtt"`, `import type { M } from "mqtt"`)),
      /b\.ts:1 imports the driver mqtt; so does .*index\.ts$/
    )
  })

  it("reports deep imports and ways around the doors", () => {
    says(
      found(onlyThroughDoors, {
        "packages/core/package.json": manifest("core", { ".": "index" }),
        "packages/core/src/index.ts": `import "@millrace/tool-services"`,
        "packages/core/test/A.test.ts": `import "../src/index.ts"; import "@millrace/core"
import "@millrace/tool-services"`,
        "examples/main.ts": `import "@millrace/core/batch/Batch"\nimport "@millrace/gone"
import "../packages/core/src/index.ts"`
      }),
      /src\/index\.ts:1 imports @millrace\/tool-services, which no package exports/,
      /:1 imports @millrace\/core\/batch\/Batch, which no package exports/,
      /:2 imports @millrace\/gone, /,
      /:3 reaches into another package/
    )
  })

  it("reports a door that leads nowhere, to another place, or is a pattern", () => {
    const exports = {
      ".": { "@millrace/source": "./src/index.ts", types: "./dist/other.d.ts", default: "./dist/index.js" },
      "./*": { "@millrace/source": "./src/*.ts", types: "./dist/*.d.ts", default: "./dist/*.js" }
    }
    says(
      found(doorsExist, {
        "packages/core/package.json": JSON.stringify({ name: "@millrace/core", exports }),
        "packages/core/src/index.ts": ""
      }),
      /exports \. with other types/,
      /exports \.\/\* from .* not there/,
      /a door is written out/
    )
  })
})

describe("the files", () => {
  it("reports long files and long functions, and measures no suite", () => {
    const long = `export const f = () => {\n${"  f()\n".repeat(60)}}\n`
    says(found(lengths, { "scripts/a.mjs": long, "packages/core/test/a.test.ts": long }), /a\.mjs:1 f has 62 lines/)
    says(found(lengths, { "tools/a.ts": "f()\n".repeat(301) }), /has 301 lines/)
    says(found(lengths, { "tools/a.ts": "f()\n".repeat(300) }))
  })

  it("reports a line that is too wide", () => {
    says(found(widths, { "tools/a.ts": `// ${"a".repeat(117)}\n// ${"a".repeat(118)}\n` }), /a\.ts:2 has 121 columns/)
  })

  const ban = (path: string) =>
    bans([
      {
        what: "time",
        instead: "Clock",
        names: /^(Date\.now|new Date\(\)|setTimeout)$/,
        places: [{ path, reason: "why" }]
      }
    ])

  it("reports banned calls outside their place, under globalThis too, and a place that is idle", () => {
    const text = `Date.now()\nnew Date()\nglobalThis.setTimeout(f)\nnew Date(0)\n// Date.now()\n"setTimeout"`
    says(
      found(ban("packages/core/src/a.ts"), core({ "a.ts": text, "b.ts": text })),
      /b\.ts:1 uses time by Date\.now; use Clock/,
      /b\.ts:2 /,
      /b\.ts:3 /
    )
    says(found(ban("packages/core/src/a.ts"), core({ "a.ts": "" })), /a\.ts is declared as a place/)
  })

  it.each([
    "Date.now()",
    "new Date()",
    "setTimeout(f)",
    "setInterval(f)",
    "Math.random()",
    "console.log(1)",
    "process.exit()",
    "crypto.randomUUID()"
  ])("bans %s in the sources of a package", (call) => {
    assert.include(found(bans(), core({ "batch/A.ts": call })).join("\n"), "packages/core/src/batch/A.ts:1 uses")
  })

  it("reports more escapes from the type system than are allowed, and stale allowances", () => {
    const text = `import { a as b } from "./c.ts"\nconst c = [1] as const\nconst d: any = b as string\nconst e = <any>c`
    const allowed = (any: number, as: number) => ({ "packages/core/src/a.ts": { any, as, reason: "why" } })
    says(found(escapes(allowed(2, 2)), core({ "a.ts": text })))
    says(
      found(escapes(allowed(1, 1)), core({ "a.ts": text })),
      /:4 says any 2 times, allowed are 1/,
      /:4 casts 2 times/
    )
    says(found(escapes({}), core({ "a.ts": text })), /allowed are 0/, /allowed are 0/)
    says(found(escapes(allowed(1, 1)), {}), /has an allowance and is not there/)
    says(
      found(escapes({ "packages/core/src/a.ts": { any: 0, as: 0, reason: "" } }), core({ "a.ts": "" })),
      /without a reason/
    )
  })
})

describe("the documents", () => {
  it("reports two titles and none, and reads no fences", () => {
    says(
      found(oneTitle, { "a.md": "# A\n```sh\n# comment\n```\n## B\n", "b.md": "# A\n\n# B\n", "c.md": "text\n" }),
      /^b\.md:3 has 2/,
      /^c\.md:1 has 0/
    )
  })

  it("reports paths of a machine, package registries and where packages came from", () => {
    says(
      found(noMachines, {
        "a.md": ["see ", "/ho", "me/ann/x and ", "/us", "r/bin/env"].join(""),
        "b.json": `{ "url": "https://${["registry", "npmjs"].join(".")}.org/effect" }`,
        "c.json": `  ${JSON.stringify("resolved")}: "${"https"}://example.org/a.tgz"`,
        "d.ts": `import "../other/a.ts"; import "packages/core/b.ts"`
      }),
      /^a\.md:1 names a path of one machine/,
      /^b\.json:1 names a package registry/,
      /^c\.json:1 names where a package came from/
    )
  })

  it("reports a picture that shows other imports", () => {
    const files = core({ "plan/A.ts": `import "../batch/B.ts"`, "batch/B.ts": "" })
    const fresh = withPicture(`# A\n${begin}\n${end}\n`, draw(make(Object.entries(files))))
    assert.include(fresh, "  plan --> batch")
    assert.match(fresh, /A\.ts +→ batch\/B/)
    says(found(pictureIsFresh, { ...files, "ARCHITECTURE.md": fresh }))
    says(
      found(pictureIsFresh, { ...files, ...core({ "batch/C.ts": "" }), "ARCHITECTURE.md": fresh }),
      /shows other imports/
    )
    says(found(pictureIsFresh, { ...files, "ARCHITECTURE.md": "# A" }), /has no place/)
  })
})
