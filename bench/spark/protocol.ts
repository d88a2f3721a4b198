/** What the processes of this bench say to each other. */

export const workloads = ["words", "window", "state"] as const
export type Workload = (typeof workloads)[number]

/** How many batches a window covers. */
export const panes = 10

/** From a side, a line of JSON for each batch: its time, its records, when its result was there, and what it was. */
export interface BatchLine {
  readonly time: number
  readonly records: number
  readonly at: number
  readonly sum: number
}

export interface ToSender {
  /** Lines per second from now on. */
  readonly rate: number
}

export type FromSender =
  | { readonly port: number }
  | { readonly connected: number }
  | { readonly ticks: ReadonlyArray<readonly [time: number, due: number]> }
