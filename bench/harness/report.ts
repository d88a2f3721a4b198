/** Figures as a table for people and as flat JSON for programs. */
import { type Figure, holds } from "./Figure.ts"

const shown = (value: number): string => {
  const size = Math.abs(value)
  if (Number.isInteger(value)) return String(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

const barOf = ({ bar }: Figure): string => {
  if (bar === undefined) return ""
  return "atLeast" in bar ? `>= ${shown(bar.atLeast)}` : `<= ${shown(bar.atMost)}`
}

const verdictOf = (figure: Figure): string => {
  if (figure.bar === undefined) return ""
  return holds(figure) ? "ok" : "atLeast" in figure.bar ? "below" : "above"
}

const nameWidth = 42

export const heading = "figure".padEnd(nameWidth) + "measured".padStart(16) + "bar".padStart(10) +
  "in absolute terms".padStart(26)

export const line = (figure: Figure): string =>
  figure.name.padEnd(nameWidth) +
  `${shown(figure.value)} ${figure.unit.padEnd(6)}`.padStart(16) +
  barOf(figure).padStart(10) +
  `  ${verdictOf(figure).padEnd(6)} ${figure.absolute}`

export const summary = (figures: ReadonlyArray<Figure>): string => {
  const held = figures.filter(({ bar }) => bar !== undefined)
  const missed = held.filter((figure) => !holds(figure))
  const names = missed.map(({ name }) => name).join(", ")
  return `${held.length - missed.length} of ${held.length} bars hold${missed.length === 0 ? "" : `; not ${names}`}`
}

export const toJson = (figures: ReadonlyArray<Figure>): string =>
  `${JSON.stringify(Object.fromEntries(figures.map(({ name, value }) => [name, value])), undefined, 2)}\n`
