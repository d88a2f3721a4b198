import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { succeed } from "./shell.ts"

export const root = join(import.meta.dirname, "../..")
const tsc = join(root, "node_modules/typescript/bin/tsc")

export interface Packed {
  readonly name: string
  readonly tarball: string
  readonly files: ReadonlyArray<string>
}

const isWanted = (source: string): boolean => !["dist", "node_modules", "test"].includes(basename(source))

// Built in a copy, so that neither a stale dist of the checkout nor another build at the same time has a part in it.
const copy = (stage: string): void => {
  cpSync(join(root, "packages"), join(stage, "packages"), { recursive: true, filter: isWanted })
  for (const file of ["tsconfig.base.json", "tsconfig.packages.json"]) cpSync(join(root, file), join(stage, file))
  mkdirSync(join(stage, "node_modules/@millrace"), { recursive: true })
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") || name === "@millrace") continue
    symlinkSync(join(root, "node_modules", name), join(stage, "node_modules", name), "junction")
  }
  for (const name of readdirSync(join(stage, "packages"))) {
    symlinkSync(join(stage, "packages", name), join(stage, "node_modules/@millrace", name), "junction")
  }
}

/** Builds and packs every package in the given empty folder, as a release would. */
export const pack = async (stage: string): Promise<ReadonlyArray<Packed>> => {
  copy(stage)
  await succeed(process.execPath, [tsc, "-b", "tsconfig.packages.json"], stage)
  const packed: Array<Packed> = []
  for (const folder of readdirSync(join(stage, "packages")).toSorted()) {
    const cwd = join(stage, "packages", folder)
    const [about] = JSON.parse(await succeed("npm", ["pack", "--json", "--pack-destination", stage], cwd))
    const files = about.files.map(({ path }: { readonly path: string }) => path)
    packed.push({ name: about.name, tarball: join(stage, about.filename), files })
  }
  return packed
}

/** An empty project that has installed the tarballs and, without asking a registry, what they need beside them. */
export const consume = async (folder: string, packed: ReadonlyArray<Packed>): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  const ours = packed.map(({ name, tarball }) => [name, `file:${tarball}`])
  const theirs = ["effect", "@types/node", "undici-types"].map((name) => [
    name,
    `file:${join(root, "node_modules", name)}`
  ])
  const dependencies = Object.fromEntries([...ours, ...theirs])
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module", dependencies })
  )
  await succeed(
    "npm",
    ["install", "--offline", "--install-links", "--no-audit", "--no-fund", "--ignore-scripts"],
    folder
  )
}

export const typeCheck = async (folder: string, file: string): Promise<void> => {
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    noEmit: true,
    types: ["node"],
    skipLibCheck: true
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }))
  await succeed(process.execPath, [tsc, "-p", "."], folder)
}

export const manifestOf = (folder: string, name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8"))
