import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { isParsed, parse } from "./parse.ts"
import type { Module } from "./parse.ts"

/** What the rules look at: every text file by its path from the root, and the parsed ones among them. */
export interface Repository {
  readonly files: ReadonlyMap<string, string>
  readonly modules: ReadonlyMap<string, Module>
}

export interface Problem {
  readonly path: string
  readonly line?: number
  readonly text: string
}

export type Rule = (repository: Repository) => ReadonlyArray<Problem>

export const show = ({ line, path, text }: Problem): string => `${path}${line === undefined ? "" : `:${line}`} ${text}`

export const make = (files: Iterable<readonly [path: string, text: string]>): Repository => {
  const all = new Map(files)
  return {
    files: all,
    modules: new Map([...all].filter(([path]) => isParsed(path)).map(([path, text]) => [path, parse(path, text)]))
  }
}

const skipped = new Set(["node_modules", "dist", ".git", ".cache", ".vitest", "coverage"])
const isText =
  /(\.(ts|mts|mjs|js|json|jsonc|md|yml|yaml|sh|txt|html|css)|\/(run|LICENSE|\.gitignore|\.editorconfig)|^[^.]+)$/

export const read = (root: string): Repository => {
  const found: Array<readonly [string, string]> = []
  const visit = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (skipped.has(entry.name)) continue
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile() && isText.test(path)) found.push([path, readFileSync(join(root, path), "utf8")])
    }
  }
  visit("")
  return make(found.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** The packages by name, with what their manifests say. */
export interface Manifest {
  readonly name: string
  readonly folder: string
  /** Subpath, such as `./Tcp`, to the source file behind it, from the root of the repository. */
  readonly doors: ReadonlyMap<string, string>
  /** Sources of the programs that it installs. */
  readonly programs: ReadonlyArray<string>
  readonly exports: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly peers: ReadonlyArray<string>
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const isConditions = (value: unknown): value is Readonly<Record<string, string>> =>
  isRecord(value) && Object.values(value).every((target) => typeof target === "string")

export const manifestsOf = (repository: Repository): ReadonlyArray<Manifest> =>
  [...repository.files]
    .filter(([path]) => /^packages\/[^/]+\/package\.json$/.test(path))
    .map(([path, text]) => {
      const folder = path.slice(0, -"/package.json".length)
      const manifest: unknown = JSON.parse(text)
      const fields = isRecord(manifest) ? manifest : {}
      const written = isRecord(fields["exports"]) ? fields["exports"] : {}
      const peers = isRecord(fields["peerDependencies"]) ? Object.keys(fields["peerDependencies"]) : []
      const exports = new Map(
        Object.entries(written).flatMap(([subpath, target]) =>
          isConditions(target) ? [[subpath, target] as const] : []
        )
      )
      const doors = new Map(
        [...exports].map(
          ([subpath, target]) => [subpath, `${folder}/${(target["@millrace/source"] ?? "").replace("./", "")}`] as const
        )
      )
      const programs = isRecord(fields["bin"])
        ? Object.values(fields["bin"]).map((target) =>
          `${folder}/${String(target).replace("./dist/", "src/").replace(/\.js$/, ".ts")}`
        )
        : []
      return { name: String(fields["name"]), folder, doors, programs, exports, peers }
    })
