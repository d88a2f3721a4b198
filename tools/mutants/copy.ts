/** A copy of the repository to make mistakes in: what is edited meanwhile, here or there, does not meet. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, relative } from "node:path"

const left = new Set(["node_modules", "dist", ".git", ".cache", "coverage"])

const link = (target: string, path: string): void => symlinkSync(target, path, "junction")

/** Packages from outside are those of the original; those of the workspace are the copy's own. */
const linkPackages = (root: string, copy: string): void => {
  const from = join(root, "node_modules")
  const to = join(copy, "node_modules")
  mkdirSync(join(to, "@millrace"), { recursive: true })
  for (const name of readdirSync(from)) {
    if (!name.startsWith(".") && name !== "@millrace") link(join(from, name), join(to, name))
  }
  const real = realpathSync(root)
  for (const name of readdirSync(join(from, "@millrace"))) {
    const folder = relative(real, realpathSync(join(from, "@millrace", name)))
    link(join(copy, folder), join(to, "@millrace", name))
  }
}

/** Gives the folder of the copy. */
export const copyOf = (root: string): string => {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "millrace-mutants-")))
  for (const name of readdirSync(root)) {
    if (left.has(name)) continue
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !left.has(basename(path)) })
  }
  linkPackages(root, copy)
  return copy
}

export const remove = (copy: string): void => rmSync(copy, { recursive: true, force: true, maxRetries: 3 })
