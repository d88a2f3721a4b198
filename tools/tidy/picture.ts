import { floors, house, roomOf } from "./floors.ts"
import { edgesOf } from "./graph.ts"
import type { Edge } from "./graph.ts"
import type { Repository, Rule } from "./Repository.ts"

export const document = "ARCHITECTURE.md"
export const begin = "<!-- picture: written by `npm run tidy -- --write` -->"
export const end = "<!-- /picture -->"

const labelOf = (room: string): string => (room === "" ? "top" : room)

const roomEdges = (edges: ReadonlyArray<Edge>): ReadonlyArray<string> => {
  const pairs = new Set(
    edges.flatMap(({ from, to }) => {
      const room = roomOf(from)
      const target = to === undefined ? undefined : roomOf(to)
      if (room === undefined || target === undefined || room === target) return []
      return [`  ${labelOf(room)} --> ${labelOf(target)}`]
    })
  )
  return [...pairs].toSorted()
}

const floorChart = (edges: ReadonlyArray<Edge>): ReadonlyArray<string> => [
  "```mermaid",
  "flowchart TD",
  ...floors
    .map((rooms, floor) => {
      const shown = rooms.map((room) => `${labelOf(room)}["${room === "" ? "index.ts and its nouns" : `${room}/`}"]`)
      return `  subgraph floor${floor}["${floor}"]\n    ${shown.join("\n    ")}\n  end`
    })
    .toReversed(),
  ...roomEdges(edges),
  "```"
]

const short = (path: string): string => path.slice(house.length).replace(/\.ts$/, "")

const fileLines = (repository: Repository, edges: ReadonlyArray<Edge>, room: string): ReadonlyArray<string> =>
  [...repository.modules.keys()]
    .filter((path) => roomOf(path) === room)
    .toSorted()
    .map((path) => {
      const targets = [
        ...new Set(edges.filter(({ from, to }) => from === path && to?.startsWith(house)).map(({ to }) => to!))
      ]
      const shown = targets
        .map((to) => (roomOf(to) === room && room !== "" ? short(to).slice(room.length + 1) : short(to)))
        .toSorted()
      return `    ${path.slice(house.length + (room === "" ? 0 : room.length + 1)).padEnd(24)}${
        shown.length === 0 ? "" : `→ ${shown.join(", ")}`
      }`.trimEnd()
    })

/** The rooms of core and what they know, as a chart; below it every file and what it imports of the house. */
export const draw = (repository: Repository): string => {
  const edges = edgesOf(repository)
  const rooms = floors
    .flatMap((names, floor) => names.map((room) => ({ files: fileLines(repository, edges, room), floor, room })))
    .filter(({ files }) => files.length > 0)
    .toReversed()
  return [
    ...floorChart(edges),
    "",
    "```text",
    ...rooms.flatMap(({ files, floor, room }) => [` ${floor}  ${room === "" ? "top" : `${room}/`}`, ...files]),
    "```"
  ].join("\n")
}

export const withPicture = (text: string, picture: string): string => {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${document} has no place for the picture: ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${picture}\n\n${text.slice(to)}`
}

/** The picture in the document is the one that the imports draw today. */
export const pictureIsFresh: Rule = (repository) => {
  const text = repository.files.get(document)
  if (text === undefined) return [{ path: document, text: "is not there" }]
  if (!text.includes(begin) || !text.includes(end)) return [{ path: document, text: "has no place for the picture" }]
  return withPicture(text, draw(repository)) === text
    ? []
    : [{ path: document, text: "shows other imports than there are: npm run tidy -- --write" }]
}
