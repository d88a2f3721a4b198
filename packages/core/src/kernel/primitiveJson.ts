/** Keys as JSON, which knows neither bigints nor `NaN` and would make them something else. */
import type { Primitive } from "../batch/Key.ts"

export const toJson = (name: Primitive): unknown => {
  switch (typeof name) {
    case "bigint":
      return { bigint: String(name) }
    case "number":
      return Number.isFinite(name) ? name : { number: String(name) }
    default:
      return name
  }
}

export const fromJson = (json: unknown): Primitive => {
  switch (typeof json) {
    case "string":
    case "number":
    case "boolean":
      return json
  }
  if (typeof json === "object" && json !== null) {
    if ("bigint" in json && typeof json.bigint === "string") return BigInt(json.bigint)
    if ("number" in json && typeof json.number === "string") return Number(json.number)
  }
  throw new TypeError("What was written down is no key")
}
