/** The manifest of a checkpoint, as far as it is one: what a program wrote, perhaps an older or a newer one. */
import type { Manifest, OperatorEntry } from "./Manifest.ts"
import { field, isCount } from "./records.ts"

/** What is not understood is left out: what is not known of an operator is not compared. */
export const readManifest = (value: unknown): Manifest => ({
  pipeline: text(field(value, "pipeline")),
  operators: list(field(value, "operators")).flatMap(readOperator),
  receivers: list(field(value, "receivers")).map((each) => ({
    name: text(field(each, "name")),
    delivery: text(field(each, "delivery"))
  })),
  outputs: list(field(value, "outputs")).map((each) => ({
    name: text(field(each, "name")),
    commitClass: text(field(each, "commitClass"))
  }))
})

const readOperator = (value: unknown): ReadonlyArray<OperatorEntry> => {
  const key = field(value, "keyFingerprint")
  const kind = field(value, "kind")
  const version = field(value, "stateVersion")
  if (typeof kind !== "string" || !isCount(version)) return []
  return [{
    name: text(field(value, "name")),
    kind,
    keyFingerprint: typeof key === "string" ? key : undefined,
    stateVersion: version,
    stateFingerprint: text(field(value, "stateFingerprint")),
    parameters: Object.fromEntries(Object.entries(field(value, "parameters") ?? {}).flatMap(([name, parameter]) =>
      typeof parameter === "string" || typeof parameter === "number" || typeof parameter === "boolean"
        ? [[name, parameter]]
        : []
    ))
  }]
}

const text = (value: unknown): string => typeof value === "string" ? value : ""

const list = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []
