import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"

/**
 * One item as a line a person can read, as Spark prints it: text as it is, a pair as `(key,value)`, an option as
 * `Some(value)` or `None`; anything else as compact JSON.
 */
export const show = (item: unknown): string => {
  if (Array.isArray(item) && item.length === 2) return `(${show(item[0])},${show(item[1])})`
  if (Option.isOption(item)) return Option.match(item, { onNone: () => "None", onSome: (value) => `Some(${show(value)})` })
  return Inspectable.toStringUnknown(item, 0)
}
