/** Where a loop leaves the items that one of its steps could not take. */
export interface Refused {
  /** The item is left out. `step` is its place in the stage. */
  readonly drop: (step: number) => void
  /** The item is left out and kept elsewhere. */
  readonly bury: (step: number, item: unknown, cause: unknown) => void
}

/** For a loop that runs again over what it has read before. */
export const nowhere: Refused = { drop: () => {}, bury: () => {} }
