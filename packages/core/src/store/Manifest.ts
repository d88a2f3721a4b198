/**
 * What a pipeline was when an epoch began, and how it differs from what it is now. Plain data.
 *
 * @stability unstable
 * @since 0.1.0
 */

/**
 * What an operator remembers, by the name that the user gave it.
 *
 * @category models
 * @since 0.1.0
 */
export interface OperatorEntry {
  readonly name: string
  /** `mapWithState`, `reduceByKeyAndWindow` … */
  readonly kind: string
  readonly keyFingerprint: string | undefined
  readonly stateVersion: number
  readonly stateFingerprint: string
  /** What the state means besides its type: window and slide in milliseconds and the like. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Manifest {
  readonly pipeline: string
  readonly operators: ReadonlyArray<OperatorEntry>
  readonly receivers: ReadonlyArray<{ readonly name: string; readonly delivery: string }>
  readonly outputs: ReadonlyArray<{ readonly name: string; readonly commitClass: string }>
}

/**
 * A difference that stands in the way, in words: what it is, and what can be done.
 *
 * @category models
 * @since 0.1.0
 */
export interface Change {
  readonly _tag:
    | "OperatorMissing"
    | "OperatorKindChanged"
    | "KeyChanged"
    | "StateChanged"
    | "MigrationMissing"
    | "ParametersChanged"
    | "ReceiverMissing"
    | "OutputMissing"
  readonly name: string
  /** How many entries, `Data` records or batches are concerned. */
  readonly count: number
  readonly problem: string
  readonly remedy: string
}

/**
 * Which versions of a state can be read, and the fingerprint of each.
 *
 * @category models
 * @since 0.1.0
 */
export type Readable = ReadonlyMap<number, string>

/**
 * A pipeline as it is now.
 *
 * @category models
 * @since 0.1.0
 */
export interface Current {
  readonly manifest: Manifest
  /** By operator. */
  readonly readable: ReadonlyMap<string, Readable>
}
