/** Snapshots on disk: a folder of files of some MiB, and a manifest that knows each by length and checksum. */
import * as Effect from "effect/Effect"
import { crc32c } from "./crc32c.ts"
import type { Disk, DiskError } from "./Disk.ts"
import type { Snapshot } from "./JournalRecord.ts"
import { isSnapshotName } from "./layout.ts"
import { field, isCount, isSnapshotHead, isState, parse, type SnapshotHead } from "./records.ts"
import { format } from "./segmentHeader.ts"

type DiskService = Disk["Service"]

interface SnapshotFile {
  readonly name: string
  readonly bytes: number
  readonly crc: number
}

/** What `manifest.json` says of a snapshot. */
export interface SnapshotManifest {
  readonly format: number
  readonly pipeline: string
  readonly batch: number
  /** Place of the oldest record that it needs. */
  readonly keepFrom: number
  readonly files: ReadonlyArray<SnapshotFile>
}

/** A snapshot that was read, and what it takes on disk. */
export interface Found {
  readonly snapshot: Snapshot
  readonly manifest: SnapshotManifest
  readonly bytes: number
}

/** A file is closed once it has this much; a state of one operator is never cut. */
const fileBytes = 4 * 1024 * 1024

const fileBytesMax = 2 ** 29

const manifestBytesMax = 16 * 1024 * 1024

const manifestName = "manifest.json"

const headName = "head.json"

const stateName = (number: number): string => `state-${String(number).padStart(6, "0")}.json`

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Gives nothing for bytes that are not UTF-8. */
const decode = (bytes: Uint8Array): unknown => {
  try {
    return parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** Writes and syncs all files into a folder that is there and empty, the manifest last. Gives the bytes written. */
export const writeSnapshot = Effect.fnUntraced(function*(
  disk: DiskService,
  folder: string,
  about: { readonly pipeline: string; readonly keepFrom: number },
  snapshot: Snapshot
): Effect.fn.Return<number, DiskError> {
  const { states, ...head } = snapshot
  const files: Array<SnapshotFile> = []
  const add = (name: string, text: string) => {
    const bytes = encode(text)
    files.push({ name, bytes: bytes.length, crc: crc32c(bytes) })
    return disk.create(`${folder}/${name}`, bytes)
  }
  yield* add(headName, JSON.stringify(head))
  let parts: Array<string> = []
  let length = 0
  for (const [place, state] of states.entries()) {
    const text = JSON.stringify(state)
    parts.push(text)
    length += text.length
    if (length < fileBytes && place < states.length - 1) continue
    yield* add(stateName(files.length), `[${parts.join(",")}]`)
    parts = []
    length = 0
  }
  const manifest: SnapshotManifest = { format, ...about, batch: snapshot.batch, files }
  const check = crc32c(encode(JSON.stringify(manifest)))
  yield* disk.create(`${folder}/${manifestName}`, encode(JSON.stringify({ check, manifest })))
  return sizeOf(manifest)
})

const sizeOf = (manifest: SnapshotManifest): number => manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)

/**
 * Reads a snapshot as a whole, or says in words why it cannot be used. A file that is no plain file is the disk's error:
 * somebody put it there.
 */
export const readSnapshot = Effect.fnUntraced(function*(
  disk: DiskService,
  folder: string,
  pipeline: string
): Effect.fn.Return<Found | string, DiskError> {
  const bytes = yield* readOr(disk, `${folder}/${manifestName}`, manifestBytesMax)
  if (typeof bytes === "string") return bytes
  const manifest = decodeManifest(bytes)
  if (typeof manifest === "string") return manifest
  if (manifest.pipeline !== pipeline) return "it belongs to another pipeline"
  let head: SnapshotHead | undefined
  const states: Array<Snapshot["states"][number]> = []
  for (const file of manifest.files) {
    const content = yield* readOr(disk, `${folder}/${file.name}`, file.bytes)
    if (typeof content === "string") return content
    if (content.length !== file.bytes || crc32c(content) !== file.crc) return `${file.name} is damaged`
    const value = decode(content)
    if (file.name === headName && isSnapshotHead(value)) head = value
    else if (Array.isArray(value) && value.every(isState)) for (const state of value) states.push(state)
    else return `${file.name} is no part of a snapshot`
  }
  if (head === undefined) return `${headName} is missing`
  if (head.batch !== manifest.batch) return "its parts are of different batches"
  return { snapshot: { ...head, manifest: head.manifest, states }, manifest, bytes: sizeOf(manifest) }
})

const readOr = (disk: DiskService, path: string, maxBytes: number): Effect.Effect<Uint8Array | string, DiskError> =>
  Effect.catchIf(
    disk.read(path, maxBytes),
    (error) => error.reason !== "Refused",
    (error) => Effect.succeed(`${path.slice(path.lastIndexOf("/") + 1)} cannot be read (${error.reason})`)
  )

/** What the bytes of a manifest say, or why they are none. Names of files are ours, so none leads out of the folder. */
export const decodeManifest = (bytes: Uint8Array): SnapshotManifest | string => {
  const value = decode(bytes)
  const manifest = field(value, "manifest")
  if (!isManifest(manifest)) return "its manifest is damaged"
  if (field(value, "check") !== crc32c(encode(JSON.stringify(manifest)))) return "its manifest is damaged"
  return manifest.format > format ? `it has format ${manifest.format}` : manifest
}

const isManifest = (value: unknown): value is SnapshotManifest => {
  const files = field(value, "files")
  return isCount(field(value, "format")) && typeof field(value, "pipeline") === "string" &&
    isCount(field(value, "batch")) && isCount(field(value, "keepFrom")) && Array.isArray(files) &&
    files.every((file, place) => isFile(file, place))
}

const isFile = (value: unknown, place: number): boolean => {
  const bytes = field(value, "bytes")
  return field(value, "name") === (place === 0 ? headName : stateName(place)) && isCount(bytes) &&
    bytes <= fileBytesMax && isCount(field(value, "crc"))
}

/** A reference in a journal is the name of a folder of ours, or nothing. */
export const isReference = isSnapshotName
