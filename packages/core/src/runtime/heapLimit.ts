import * as Option from "effect/Option"
import { hasProperty } from "effect/Predicate"

/**
 * The heap limit of the process in bytes, where the platform tells it. Asked through the global `process`, so that core
 * needs no platform module and still runs where there is none.
 */
export const heapLimit = (): Option.Option<number> => {
  const platform: unknown = globalThis
  if (!hasProperty(platform, "process") || !hasProperty(platform.process, "getBuiltinModule")) return Option.none()
  const { process } = platform
  if (typeof process.getBuiltinModule !== "function") return Option.none()
  const v8: unknown = process.getBuiltinModule("node:v8")
  if (!hasProperty(v8, "getHeapStatistics") || typeof v8.getHeapStatistics !== "function") return Option.none()
  const statistics: unknown = v8.getHeapStatistics()
  return hasProperty(statistics, "heap_size_limit") && typeof statistics.heap_size_limit === "number"
    ? Option.some(statistics.heap_size_limit)
    : Option.none()
}
