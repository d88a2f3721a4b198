/** Vehicles that drive: speed, revolutions and gear as they would be measured. The same every time. */
import type { Reading } from "./Telemetry.ts"

/** Revolutions a minute for each km/h, by gear from the first. */
const ratios = [130, 75, 50, 38, 30, 25]
const idle = 800

interface Driver {
  readonly vehicle: string
  /** At so many revolutions the next gear is taken, and at so few the one before. */
  readonly up: number
  readonly down: number
}

export const drivers: ReadonlyArray<Driver> = [
  { vehicle: "bus-1", up: 2500, down: 1700 },
  { vehicle: "taxi-2", up: 3600, down: 1700 },
  { vehicle: "truck-3", up: 2500, down: 900 }
]

const round = (value: number): number => Math.round(value * 10) / 10

/** Up to speed and down again, in some two hundred readings. */
const speedAt = (number: number): number => 55 * (1 - Math.cos(number / 32))

const revolutionsAt = (speed: number, gear: number): number => Math.max(idle, speed * (ratios[gear - 1] ?? 0))

export const drive = ({ down, up, vehicle }: Driver, readings: number): ReadonlyArray<Reading> => {
  let gear = 1
  return Array.from({ length: readings }, (_, number) => {
    const speed = speedAt(number)
    if (revolutionsAt(speed, gear) > up && gear < ratios.length) gear++
    else if (revolutionsAt(speed, gear) < down && gear > 1) gear--
    return { vehicle, number, speed: round(speed), revolutions: Math.round(revolutionsAt(speed, gear)), gear }
  })
}

/** What all of them say, in turn. */
export const traffic = (readings: number): ReadonlyArray<Reading> => {
  const each = drivers.map((driver) => drive(driver, readings))
  return Array.from({ length: readings }, (_, number) => each.flatMap((all) => all.slice(number, number + 1))).flat()
}
