/** The names of files, and which names are refused. */
import * as Effect from "effect/Effect"
import { FilesError } from "./FilesError.ts"
import type { RollingOptions } from "./rolling.ts"

/**
 * Where files go and what they are called: `<prefix>-<batch time in milliseconds>`, and `.<suffix>` if there is one.
 *
 * @category options
 * @since 0.1.0
 */
export interface FilesOptions {
  /** Made if it is not there. Outputs that share a directory need different prefixes. */
  readonly directory: string
  /** How names begin. Defaults to the name of the output. */
  readonly prefix?: string | undefined
  /** How names end, after a dot. */
  readonly suffix?: string | undefined
  /** Whether an empty batch leaves no file. Defaults to false: an empty file says that the batch is done. */
  readonly skipEmpty?: boolean | undefined
  /**
   * Appends many batches to a file, and begins the next one by size and age. Defaults to a file for each batch. An empty
   * batch then leaves no file, and the time in a name is that of the first batch in it.
   */
  readonly rolling?: RollingOptions | undefined
}

/** How the files of one output are called. */
export interface Names {
  readonly ofBatch: (time: number) => string
  /** The batch time in the name of a batch's file; nothing for other names. */
  readonly timeOf: (name: string) => number | undefined
  /** Where a batch is written before it is complete; hidden, in the same directory. */
  readonly ofTemporary: (time: number) => string
  /** Whether a name is that of a batch which this start or an earlier one did not complete. */
  readonly isLeftover: (name: string) => boolean
}

const refused = (part: string): boolean => /[/\\\0]/.test(part) || part.includes("..")

/** The names under a prefix; refused where they could leave the directory, or are hidden or empty. */
export const makeNames = (
  { directory, suffix }: FilesOptions,
  prefix: string,
  epoch: number
): Effect.Effect<Names, FilesError> => {
  const ending = suffix === undefined || suffix === "" ? "" : `.${suffix}`
  const wrong = refused(prefix) || prefix === "" || prefix.startsWith(".")
    ? prefix
    : refused(ending)
    ? suffix
    : undefined
  if (wrong !== undefined) {
    return Effect.fail(new FilesError({ path: directory, reason: { _tag: "InvalidName", name: wrong } }))
  }
  const ofBatch = (time: number): string => `${prefix}-${time}${ending}`
  return Effect.succeed({
    ofBatch,
    timeOf: (name) => {
      const inner = name.startsWith(`${prefix}-`) && name.endsWith(ending)
        ? name.slice(prefix.length + 1, name.length - ending.length)
        : ""
      return /^\d{1,16}$/.test(inner) ? Number(inner) : undefined
    },
    ofTemporary: (time) => `.${ofBatch(time)}.${epoch}.tmp`,
    isLeftover: (name) => {
      const inner = name.startsWith(`.${prefix}-`) && name.endsWith(".tmp") ? name.slice(prefix.length + 2, -4) : ""
      const found = /^(\d+)(.*)\.(\d+)$/s.exec(inner)
      return found !== null && found[2] === ending && Number(found[3]) <= epoch
    }
  })
}
