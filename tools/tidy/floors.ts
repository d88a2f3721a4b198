/** The floors of packages/core/src, from the ground up. A room is a folder; rooms of a floor do not know each other. */
export const floors: ReadonlyArray<ReadonlyArray<string>> = [
  ["batch"],
  ["kernel", "store"],
  ["dstream"],
  ["plan"],
  ["runtime"],
  ["", "node"],
  ["testing"]
]

export const house = "packages/core/src/"

/** The room of a file: its first folder in the house, `""` for the files at the top. */
export const roomOf = (path: string): string | undefined => {
  if (!path.startsWith(house)) return undefined
  const inside = path.slice(house.length)
  return inside.includes("/") ? inside.slice(0, inside.indexOf("/")) : ""
}

export const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room))

/** Down the floors, or within the room. On floor 5, `node/` stands on the nouns at the top, which do not know it. */
export const mayKnow = (room: string, target: string): boolean =>
  room === target || floorOf(target) < floorOf(room) || (room === "node" && target === "")
