/** The least that `effect/cli` asks for: everything in name only, because this command asks nothing. */
import { Effect, FileSystem, Layer, Path, Stdio, Terminal } from "effect"
import { CliConfig, CliOutput, GlobalFlag } from "effect/cli"
import { ChildProcessSpawner } from "effect/process"

const unused = Effect.die(new Error("This command asks nothing and reads no files"))

const terminal = Terminal.make({
  columns: unused,
  rows: unused,
  size: unused,
  readInput: unused,
  readLine: unused,
  display: () => unused
})

/** `--help` and `--version` only, and bad options are left to the caller to say. */
export const layer = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Stdio.layerTest({}),
  Layer.succeed(Terminal.Terminal, terminal),
  Layer.succeed(ChildProcessSpawner.ChildProcessSpawner, ChildProcessSpawner.make(() => unused)),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }),
  CliOutput.layerPresenter({
    present: (event) => event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event)
  })
)
