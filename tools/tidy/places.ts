/** What no source file of a package calls, except at the places named here, each with its reason. */
export interface Ban {
  readonly what: string
  readonly instead: string
  readonly names: RegExp
  readonly places: ReadonlyArray<{ readonly path: string; readonly reason: string }>
}

export const bans: ReadonlyArray<Ban> = [
  {
    what: "the wall clock",
    instead: "Clock",
    names: /^(Date\.now|new Date\(\)|Date|performance\.now)$/,
    places: [{ path: "packages/core/src/node/watchdog.ts", reason: "its thread watches while no fiber can run" }]
  },
  {
    what: "a timer",
    instead: "Effect.sleep or a Schedule",
    names: /^(setTimeout|setInterval|setImmediate)$/,
    places: [
      { path: "packages/core/src/node/runMain.ts", reason: "keeps the process alive while only fibers wait" },
      { path: "packages/core/src/node/watchdog.ts", reason: "its thread watches while no fiber can run" }
    ]
  },
  {
    what: "chance",
    instead: "Random",
    names: /^(Math\.random|crypto\.(randomUUID|getRandomValues)|randomUUID|randomBytes)$/,
    places: []
  },
  {
    what: "the console",
    instead: "Console or a PipelineEvent",
    names: /^console\./,
    places: []
  },
  {
    what: "the process",
    instead: "what runMain gives",
    names: /^process\./,
    places: [
      { path: "packages/cli/src/main.ts", reason: "it is the main program of a process" },
      { path: "packages/core/src/node/runMain.ts", reason: "it is the main program of a process" },
      { path: "packages/core/src/node/NodeDisk.ts", reason: "asks for the user whose files it looks at" },
      { path: "packages/core/src/node/processOwner.ts", reason: "says which process it is, and asks for others" },
      { path: "packages/core/src/node/watchdog.ts", reason: "its thread watches while no fiber can run" },
      { path: "packages/core/src/runtime/heapLimit.ts", reason: "asks for the heap limit where the platform knows one" }
    ]
  }
]
