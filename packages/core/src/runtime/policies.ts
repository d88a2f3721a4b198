import * as Schedule from "effect/Schedule"

/** A receiver, or a run after its journal failed, that lived this long starts with a fresh `restart` policy. */
export const healthyMillis = 60_000

/** 100 ms, doubling to 5 s, jittered; gives up after 10 tries. */
export const restart: Schedule.Schedule<unknown, unknown> = Schedule.min([
  Schedule.exponential("100 millis"),
  Schedule.spaced("5 seconds")
]).pipe(Schedule.jittered, Schedule.upTo({ times: 10 }))

/** 100 ms, doubling to 10 s; gives up after 5 tries. */
export const retry: Schedule.Schedule<unknown, unknown> = Schedule.min([
  Schedule.exponential("100 millis"),
  Schedule.spaced("10 seconds")
]).pipe(Schedule.upTo({ times: 5 }))
