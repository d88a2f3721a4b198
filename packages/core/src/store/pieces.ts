/** Long texts in pieces, since a database that takes a value of any length may not give it back in one message. */

const pieceLength = 1024 * 1024

/** At least one, none of them empty but that of an empty text. No character is cut in two. */
export const inPieces = (text: string, length = pieceLength): ReadonlyArray<string> => {
  if (text.length <= length) return [text]
  const pieces: Array<string> = []
  for (let from = 0; from < text.length;) {
    const end = from + length
    const last = text.charCodeAt(end - 1)
    const to = last >= 0xd800 && last < 0xdc00 ? end - 1 : end
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

/** Groups of neighbours of at most so much together; one that is larger is alone. */
export const inGroups = <A>(all: ReadonlyArray<A>, sizeOf: (one: A) => number, most: number): Array<Array<A>> => {
  const groups: Array<Array<A>> = []
  let size = Infinity
  for (const one of all) {
    const more = sizeOf(one)
    const group = groups.at(-1)
    if (group === undefined || size + more > most) {
      groups.push([one])
      size = more
    } else {
      group.push(one)
      size += more
    }
  }
  return groups
}
