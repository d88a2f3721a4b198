/**
 * What a journal holds, in the order in which it happened. Every value is JSON.
 *
 * @stability unstable
 * @since 0.1.0
 */

/**
 * The first record of an epoch: from here on the older epochs' journals are closed, and end where this says.
 *
 * @category models
 * @since 0.1.0
 */
export interface Seal {
  readonly _tag: "Seal"
  readonly epoch: number
  /** What the pipeline was when this epoch began; see `Manifest`. */
  readonly manifest: unknown
}

/**
 * A block of a receiver whose source cannot be read again, or is acknowledged: written before it is processed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Data {
  readonly _tag: "Data"
  readonly receiver: string
  /** 1, 2, 3 … per receiver, over all epochs. */
  readonly sequence: number
  readonly chunks: ReadonlyArray<unknown>
  readonly records: number
  readonly bytes: number
  /** What a redelivery of these chunks is known by, one for each chunk, where the receiver says so. */
  readonly identities?: ReadonlyArray<unknown> | undefined
}

/**
 * What a batch changed in the state of one operator. Stands directly before the batch's `Prepared`, and means nothing
 * without it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Changed {
  readonly _tag: "Changed"
  readonly batch: number
  readonly operator: string
  readonly delta: unknown
}

/**
 * What a batch emitted to one output, where it may not be possible to compute it again. Stands directly before the
 * batch's `Prepared`, and means nothing without it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Emitted {
  readonly _tag: "Emitted"
  readonly batch: number
  readonly output: string
  readonly items: ReadonlyArray<unknown>
}

/**
 * What a batch took from one receiver: a range of positions, or of `Data` sequences. Ranges leave out their start and
 * include their end.
 *
 * @category models
 * @since 0.1.0
 */
export interface InputRange {
  readonly receiver: string
  readonly records: number
  readonly bytes: number
  /** Where a replayable source was read from and to, as JSON; both absent where nothing was read. */
  readonly after?: unknown
  readonly until?: unknown
  /** The `Data` records taken; both absent for receivers without. */
  readonly dataAfter?: number | undefined
  readonly dataUntil?: number | undefined
  /** How many records behind the end of the range are taken too, where a batch ends in the middle of a block. */
  readonly skip?: number | undefined
}

/**
 * What a batch emitted to an output: how much, and a digest of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutputDigest {
  readonly output: string
  readonly records: number
  readonly digest: string
}

/**
 * The commit point of a batch: once it is durable the batch is what it is, and no sink has seen it before.
 *
 * @category models
 * @since 0.1.0
 */
export interface Prepared {
  readonly _tag: "Prepared"
  readonly batch: number
  readonly time: number
  readonly missedBoundaries: number
  readonly inputs: ReadonlyArray<InputRange>
  /** How many `Changed` and how many `Emitted` records belong to it. */
  readonly changed: number
  readonly emitted: number
  readonly outputs: ReadonlyArray<OutputDigest>
}

/**
 * The outputs of a batch have it. Written lazily: without it recovery asks the sinks.
 *
 * @category models
 * @since 0.1.0
 */
export interface Committed {
  readonly _tag: "Committed"
  readonly batch: number
  /** Only this output; absent: all of them. */
  readonly output?: string | undefined
}

/**
 * A batch is about to be tried that may end the process; see the isolation of poison records.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attempt {
  readonly _tag: "Attempt"
  readonly batch: number
  /** How many records it may take; 0: the first one is set aside. */
  readonly maxRecords: number
  /** Whose, where it takes records of one receiver only. */
  readonly receiver?: string | undefined
}

/**
 * The run ended with a failure that was told, and not over a record that ended the process.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed {
  readonly _tag: "Failed"
  /** The last batch that was prepared. */
  readonly batch: number
}

/**
 * The state after `batch` is in a snapshot of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface SnapshotTaken {
  readonly _tag: "SnapshotTaken"
  readonly batch: number
  readonly reference: string
}

/**
 * A clean stop after `batch`: all outputs have it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Released {
  readonly _tag: "Released"
  readonly batch: number
}

/**
 * @category models
 * @since 0.1.0
 */
export type JournalRecord = Seal | Data | Changed | Emitted | Prepared | Committed | Attempt | SnapshotTaken | Released | Failed

/**
 * That starts ended without a word, and what they tried: while no batch of records was prepared since.
 *
 * @category models
 * @since 0.1.0
 */
export interface Suspicion {
  /** How many, with the one that goes on. */
  readonly dirtyStarts: number
  readonly attempted?: Attempt | undefined
}

/**
 * All that was remembered after a batch: enough to go on without any record before it, but for the `Data` that no batch
 * had taken.
 *
 * @category models
 * @since 0.1.0
 */
export interface Snapshot {
  readonly batch: number
  /** Time of that batch; 0 before the first. */
  readonly time: number
  readonly manifest: unknown
  /** By receiver: where reading goes on, as JSON. */
  readonly positions: Readonly<Record<string, unknown>>
  /** By receiver: the last `Data` sequence that a batch took. */
  readonly consumed: Readonly<Record<string, number>>
  /** By receiver: identities of chunks that may be delivered again, oldest first. */
  readonly identities: Readonly<Record<string, ReadonlyArray<unknown>>>
  /** Absent where there is none. */
  readonly suspicion?: Suspicion | undefined
  /** In the order in which they are to be restored; an operator may have several. */
  readonly states: ReadonlyArray<{ readonly operator: string; readonly delta: unknown }>
}
