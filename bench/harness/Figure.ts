/** What a suite measures: numbers with a name, some of them held to a bar. */

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The least, or the most, that counts. Without it the figure is for information. */
  readonly bar?: { readonly atLeast: number } | { readonly atMost: number }
  /** The same thing in absolute terms. */
  readonly absolute: string
}

/** A family of figures that are measured together. */
export interface Suite {
  /** Every figure's name, so that a suite whose figures nobody asked for is not run. */
  readonly names: ReadonlyArray<string>
  readonly run: () => Promise<ReadonlyArray<Figure>>
}

export const atLeast = (name: string, bar: number, value: number, absolute: string): Figure => ({
  name,
  value,
  unit: "x",
  bar: { atLeast: bar },
  absolute
})

export const atMost = (name: string, bar: number, value: number, unit: string, absolute: string): Figure => ({
  name,
  value,
  unit,
  bar: { atMost: bar },
  absolute
})

export const informational = (name: string, value: number, unit: string, absolute = ""): Figure => ({
  name,
  value,
  unit,
  absolute
})

export const holds = ({ bar, value }: Figure): boolean =>
  bar === undefined || ("atLeast" in bar ? value >= bar.atLeast : value <= bar.atMost)
