/** A place between two lines of the files, as it is written down, and whether it is still there. */
import type { BigIntStats } from "node:fs"
import * as Schema from "effect/Schema"
import { FileChanged } from "./FilesError.ts"

const place = {
  /** The byte at which the next record begins. In a compressed file, of what it holds. */
  offset: Schema.Int,
  /** How many lines or records came before that, in this file. */
  lines: Schema.Int,
  /** Whether the line before it had no ending, being the last of its file. */
  open: Schema.Boolean,
  inode: Schema.String,
  /** In bytes, when it was opened. */
  size: Schema.Int,
  /** Nanoseconds since the epoch. */
  modified: Schema.String,
  /** What the file began with and every record needs: the header row of CSV. */
  head: Schema.optionalKey(Schema.String),
  /** Of a compressed file: whether all of it was read. */
  ended: Schema.optionalKey(Schema.Boolean)
}

/** A place in one file, and what the file was like. */
export const FilePlace = Schema.Struct(place)

export type FilePlace = typeof FilePlace.Type

/**
 * Where reading goes on: in which file, at which byte. What the file was like is kept with it, so that another file of
 * the same name is noticed. It means something to this receiver alone.
 *
 * @category models
 * @since 0.1.0
 */
export const Position = Schema.Struct({
  /** Its name in the directory. */
  file: Schema.String,
  /** How many files were read before it. */
  files: Schema.Int,
  ...place
})

/** @category models @since 0.1.0 */
export type Position = typeof Position.Type

/** What tells a file from another of its name. */
export interface Identity extends Pick<FilePlace, "inode" | "size" | "modified"> {}

export const identityOf = ({ ino, mtimeNs, size }: BigIntStats): Identity => ({
  inode: String(ino),
  size: Number(size),
  modified: String(mtimeNs)
})

/** Whether all of the file was read, as long as it was then. */
export const isAtEnd = ({ ended, offset, size }: FilePlace): boolean => ended ?? offset >= size

/**
 * Whether what was read of a file is still what it begins with. A file that only grew is the same, and so is a copy
 * that kept its size and time; a file that was written to without growing is not.
 */
export const changeOf = (before: Identity, now: Identity): FileChanged | undefined => {
  if (now.size < before.size) return new FileChanged({ how: "shrunk" })
  if (now.size === before.size && now.modified === before.modified) return undefined
  if (now.inode !== before.inode) return new FileChanged({ how: "replaced" })
  return now.size === before.size ? new FileChanged({ how: "rewritten" }) : undefined
}

/** The same, for a place in the file: a line without ending that was taken for whole must not go on. */
export const changeAt = (position: FilePlace, now: Identity): FileChanged | undefined =>
  changeOf(position, now) ??
    (position.open && now.size > position.size ? new FileChanged({ how: "continued" }) : undefined)
