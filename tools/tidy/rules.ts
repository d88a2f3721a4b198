import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pictureIsFresh } from "./picture.ts"
import type { Rule } from "./Repository.ts"
import { noMachines, oneTitle } from "./rules/documents.ts"
import { bans, escapes, lengths, widths } from "./rules/files.ts"
import type { Allowance } from "./rules/files.ts"
import { importsExist, importsGoDown, noCycles, noDeadFiles, operatorsAreTested } from "./rules/house.ts"
import { connectorsStandAlone, coreStandsOnEffect, doorsExist, onlyThroughDoors } from "./rules/walls.ts"

export const allowancesFile = join(import.meta.dirname, "allowances.json")

export const readAllowances = (): Record<string, Allowance> => JSON.parse(readFileSync(allowancesFile, "utf8"))

export const rules: Readonly<Record<string, Rule>> = {
  "imports go down the floors": importsGoDown,
  "no file is on a cycle": noCycles,
  "every import is there": importsExist,
  "no file is dead": noDeadFiles,
  "every operator has a test of its name": operatorsAreTested,
  "core stands on Effect alone": coreStandsOnEffect,
  "connectors stand alone": connectorsStandAlone,
  "packages are entered through their doors": onlyThroughDoors,
  "every door leads somewhere": doorsExist,
  "files and functions are short": lengths,
  "lines fit the page": widths,
  "time, chance and output come from services": bans(),
  "any and casts stay where they are declared": escapes(readAllowances()),
  "a document has one title": oneTitle,
  "nothing names a machine": noMachines,
  "the picture shows the imports": pictureIsFresh
}
