/** Whether a gear is right for speed and revolutions. */
import type { GearTable } from "./GearTable.ts"
import type { Advice, Reading } from "./Telemetry.ts"

type Measured = Pick<Reading, "speed" | "revolutions" | "gear">

/** The engine speaks first: it is what breaks. A gear that the table does not know is measured by speed alone. */
export const advise = ({ gears }: GearTable, { gear, revolutions, speed }: Measured): Advice => {
  const lowest = gears[0].gear
  const highest = gears[gears.length - 1]?.gear ?? lowest
  const row = gears.find((each) => each.gear === gear)
  if (row === undefined) return gear < lowest ? "shift up" : gear > highest ? "shift down" : "right"
  const isTooHigh = revolutions > row.revolutions[1] || (revolutions >= row.revolutions[0] && speed > row.speed[1])
  const isTooLow = revolutions < row.revolutions[0] || speed < row.speed[0]
  if (isTooHigh) return gear < highest ? "shift up" : "right"
  if (isTooLow) return gear > lowest ? "shift down" : "right"
  return "right"
}
