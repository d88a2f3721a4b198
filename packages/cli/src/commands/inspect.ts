import { Checkpoint, CheckpointError, CheckpointStore } from "@millrace/core"
import { NodeDisk } from "@millrace/core/node"
import { Command } from "effect/cli"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { command } from "../command.ts"
import { where } from "../flags.ts"
import { placeOf } from "../place.ts"
import { bytes, plural, print, table } from "../print.ts"

export const inspect = Command.make("inspect", where, (flags) =>
  command(flags.json, Effect.gen(function*() {
    const { layer, pipeline } = yield* placeOf(flags)
    const files = Option.isSome(flags.directory) ? yield* filesOf(flags.directory.value, pipeline) : undefined
    if (files?.error !== undefined) {
      yield* print(flags.json, { pipeline, ...files }, () => [files.error?.message ?? "", ...filesText(files)].join("\n"))
      return 3
    }
    const summary = yield* Effect.provide(Checkpoint.inspect(pipeline), layer)
    yield* print(flags.json, { ...summary, ...files }, () => [text(summary), ...(files === undefined ? [] : filesText(files))].join("\n"))
    return 0
  }))).pipe(Command.withDescription("Show what a checkpoint holds: batches, positions, operators, who has it"))

interface Files extends Pick<CheckpointStore.Examination, "segments" | "snapshots"> {
  /** Why no run would start from them. */
  readonly error: { readonly kind: string; readonly message: string } | undefined
}

/** What is in the directory, damaged or not. */
const filesOf = (directory: string, pipeline: string) =>
  Effect.provide(
    Effect.map(CheckpointStore.examine(directory, pipeline), ({ problem, segments, snapshots }): Files => ({
      segments,
      snapshots,
      error: problem === undefined
        ? undefined
        : { kind: problem._tag, message: new CheckpointError({ pipeline, path: directory, reason: problem }).message }
    })),
    NodeDisk.layer
  )

const filesText = ({ segments, snapshots }: Files): ReadonlyArray<string> => [
  ...section(
    "Segments of the journal",
    segments.length === 0 ? "" : table(
      ["name", "records", "size", "readable"],
      segments.map(({ bytes: size, first, last, name, unreadableFrom }) => [
        name,
        first === undefined || last === undefined ? "none" : `${first}-${last}`,
        bytes(size),
        unreadableFrom === undefined ? "whole" : `to byte ${unreadableFrom}`
      ])
    )
  ),
  ...section(
    "Snapshots",
    snapshots.length === 0 ? "" : table(
      ["reference", "after batch", "size", "problem"],
      snapshots.map(({ batch, bytes: size = 0, problem, reference }) => [reference, batch ?? "?", bytes(size), problem ?? ""])
    )
  )
]

const text = (summary: Checkpoint.Summary): string =>
  [
    `Pipeline ${JSON.stringify(summary.pipeline)} in ${summary.path}`,
    `Epoch ${summary.epoch}${ownerText(summary)}`,
    summary.snapshot === undefined
      ? "No snapshot"
      : `Snapshot after batch ${summary.snapshot.batch} (${instant(summary.snapshot.time)})`,
    `Next batch ${summary.nextBatch}`,
    ...(summary.dirtyStarts > 0 ? [plural(summary.dirtyStarts, "start") + " in a row ended without a batch"] : []),
    ...section("Operators", operators(summary)),
    ...section("Batches after the snapshot", batches(summary)),
    ...section("Positions", Object.entries(summary.positions).map(([name, json]) => `${name}  ${JSON.stringify(json)}`).join("\n")),
    ...section("Received, and in no batch", Object.entries(summary.pending).map(([name, n]) => `${name}  ${plural(n, "block")}`).join("\n")),
    ...section("Warnings", summary.warnings.join("\n"))
  ].join("\n")

const section = (title: string, body: string): ReadonlyArray<string> => body === "" ? [] : ["", title, body]

const ownerText = ({ owner }: Checkpoint.Summary): string =>
  owner === undefined ? "" : `, process ${owner.process} on ${owner.host}`

const instant = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

const operators = ({ operators }: Checkpoint.Summary): string =>
  operators.length === 0 ? "" : table(
    ["name", "kind", "version", "entries", "size"],
    operators.map(({ bytes: size, entries, entry, name }) => [name, entry?.kind ?? "?", entry?.stateVersion ?? 0, entries, bytes(size)])
  )

const batches = ({ batches }: Checkpoint.Summary): string =>
  batches.length === 0 ? "" : table(
    ["batch", "time", "records", "not known to have it"],
    batches.map(({ batch, outputs, records, time }) => [
      batch,
      instant(time),
      records,
      outputs.filter(({ isCommitted }) => !isCommitted).map(({ output }) => output).join(", ")
    ])
  )
