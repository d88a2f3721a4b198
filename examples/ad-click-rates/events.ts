/** Events as an advertising server would tell them; the same seed, the same events. */
import { Effect, Random } from "effect"
import type { AdEvent } from "./AdEvent.ts"

export interface EventsOptions {
  readonly advertisements: number
  readonly groups: number
}

const groupNames = ["students", "parents", "seniors", "commuters", "gamers", "gardeners"] as const

const groupName = (index: number): string => groupNames[index] ?? `group-${index + 1}`

/** How often an advertisement is clicked: every group has another one that it likes best. */
const clickChance = (advertisement: number, group: number, { advertisements }: EventsOptions): number =>
  0.02 + 0.3 * (((advertisement + group) % advertisements) / advertisements)

/** So many impressions, each followed by its click if there is one. */
export const events = (impressions: number, options: EventsOptions): Effect.Effect<ReadonlyArray<AdEvent>> =>
  Effect.gen(function*() {
    const all: Array<AdEvent> = []
    for (let index = 0; index < impressions; index++) {
      const advertisement = yield* Random.nextIntBetween(0, options.advertisements, { halfOpen: true })
      const group = yield* Random.nextIntBetween(0, options.groups, { halfOpen: true })
      const of = { advertisement: `ad-${advertisement + 1}`, group: groupName(group) }
      all.push({ kind: "impression", ...of })
      if ((yield* Random.next) < clickChance(advertisement, group, options)) all.push({ kind: "click", ...of })
    }
    return all
  })
