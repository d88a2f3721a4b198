/** Snapshots in PostgreSQL: rows of some MiB at most, which count once the journal names them. */
import * as Effect from "effect/Effect"
import type { CheckpointError } from "./CheckpointError.ts"
import type { Snapshot } from "./JournalRecord.ts"
import { inGroups, inPieces } from "./pieces.ts"
import { numberIn, type Row, type Send, textIn } from "./PostgresSession.ts"
import { fence, type Tables } from "./postgresTables.ts"
import { isSnapshotHead, isState, parse } from "./records.ts"

/** A snapshot that is in the database. */
export interface Shelved {
  readonly reference: string
  readonly keepFrom: number
  readonly length: number
}

export interface FoundSnapshot {
  readonly snapshot: Snapshot
  readonly shelved: Shelved
}

interface Piece {
  readonly place: number
  readonly part: number
  readonly content: string
}

const groupLength = 4 * 1024 * 1024

/** Statements that write a snapshot, one after the other; what an earlier try left under the name goes first. */
export const writing = (
  tables: Tables,
  key: { readonly pipeline: string; readonly epoch: number; readonly reference: string; readonly keepFrom: number },
  snapshot: Snapshot
): { readonly length: number; readonly statements: ReadonlyArray<readonly [string, ReadonlyArray<string>]> } => {
  const pieces = piecesOf(snapshot)
  const owner = [key.pipeline, `${key.epoch}`]
  const remove = `${fence(tables)} delete from ${tables.snapshot} using mine where pipeline = $1 and reference = $3`
  const add = `${fence(tables)} insert into ${tables.snapshot} (pipeline, reference, place, part, pieces, keep_from, content)
    select $1, $3, each.place, each.part, $4::integer, $5::bigint, each.content
    from mine, unnest($6::integer[], $7::integer[], string_to_array($8, E'\\n')) as each (place, part, content)`
  return {
    length: pieces.reduce((sum, { content }) => sum + content.length, 0),
    statements: [
      [remove, [...owner, key.reference]],
      ...inGroups(pieces, ({ content }) => content.length, groupLength).map((group) =>
        [add, [
          ...owner,
          key.reference,
          `${pieces.length}`,
          `${key.keepFrom}`,
          `{${group.map(({ place }) => place).join(",")}}`,
          `{${group.map(({ part }) => part).join(",")}}`,
          group.map(({ content }) => content).join("\n")
        ]] as const
      )
    ]
  }
}

/** The head, then the states in their order. JSON has no line feed in it, which is what stands between pieces. */
const piecesOf = ({ states, ...head }: Snapshot): ReadonlyArray<Piece> =>
  [head, ...states].flatMap((value, place) =>
    inPieces(JSON.stringify(value)).map((content, part) => ({ place, part, content }))
  )

/** Keeps two snapshots, and no record before `from`. */
export const removal = (
  tables: Tables,
  pipeline: string,
  epoch: number,
  kept: readonly [string, string],
  from: number
): readonly [string, ReadonlyArray<string>] => [
  `${fence(tables)},
  older as (delete from ${tables.snapshot} using mine where pipeline = $1 and reference <> $3 and reference <> $4)
  delete from ${tables.journal} using mine where pipeline = $1 and lsn < $5::bigint`,
  [pipeline, `${epoch}`, ...kept, `${from}`]
]

/** The snapshot of that name, or why it cannot be used. */
export const readShelved = (
  send: Send,
  tables: Tables,
  pipeline: string,
  reference: string
): Effect.Effect<FoundSnapshot | string, CheckpointError> =>
  Effect.map(
    send(
      `select place, part, pieces, keep_from, content from ${tables.snapshot}
      where pipeline = $1 and reference = $2 order by place, part`,
      [pipeline, reference]
    ),
    (rows) => assemble(reference, rows)
  )

const assemble = (reference: string, rows: ReadonlyArray<Row>): FoundSnapshot | string => {
  const [first] = rows
  if (first === undefined) return "it is not there"
  if (numberIn(first, "pieces") !== rows.length) return `it has ${rows.length} of ${numberIn(first, "pieces")} pieces`
  const texts: Array<string> = []
  let length = 0
  for (const row of rows) {
    const place = numberIn(row, "place")
    const content = textIn(row, "content")
    texts[place] = (texts[place] ?? "") + content
    length += content.length
  }
  const [head, ...states] = Array.from(texts, (text) => parse(text ?? ""))
  if (!isSnapshotHead(head)) return "its head is damaged"
  if (!states.every(isState)) return "a state in it is damaged"
  return { snapshot: { ...head, states }, shelved: { reference, keepFrom: numberIn(first, "keep_from"), length } }
}
