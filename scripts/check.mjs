// What `npm run check` looks at: types, Effect diagnostics, lint, tidiness. All of them run, all are reported.
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { npm } from "./install.mjs"

const oxlint = "oxlint@1.94.0"
const tsgo = "@effect/tsgo@0.45.0"

/** The projects behind tsconfig.json that have files of their own. */
export const projectsOf = (root, file = join(root, "tsconfig.json"), found = new Set()) => {
  const { files, references = [] } = JSON.parse(readFileSync(file, "utf8"))
  if (files === undefined || files.length > 0) found.add(relative(root, file))
  for (const { path } of references) {
    const target = join(dirname(file), path)
    const project = existsSync(target) && statSync(target).isDirectory() ? join(target, "tsconfig.json") : target
    if (!found.has(relative(root, project))) projectsOf(root, project, found)
  }
  return [...found]
}

const execute = (root, env, pinned, args, options = {}) =>
  npm(root, ["exec", "--yes", "--loglevel=error", `--package=${pinned}`, "--", ...args], { env, ...options })

/**
 * Projects see each other's sources, so a finding is shown once. A project of which no file was looked at has not been
 * checked, whatever the exit code says.
 */
const diagnose = (root, env) => {
  const found = new Set()
  const flags = ["--strict", "--severity", "error,warning", "--format", "text"]
  for (const project of projectsOf(root)) {
    const args = ["effect-tsgo", "diagnostics", ...flags, "--project", join(root, project)]
    const { status, stdout, stderr } = execute(root, env, tsgo, args, { stdio: "pipe", encoding: "utf8" })
    const lines = stdout
      .replaceAll(`${root}/`, "")
      .split("\n")
      .filter((line) => / effect\(/.test(line))
    for (const line of lines) found.add(line)
    if (!/^Checked [1-9]\d* files/m.test(stdout)) found.add(`${project} was not checked: ${stdout}${stderr}`)
    else if (status !== 0 && lines.length === 0) found.add(`${project} failed: ${stdout}${stderr}`)
  }
  for (const line of found) console.error(line)
  return found.size === 0
}

export const lint = (root, env, args = []) =>
  execute(root, env, oxlint, ["oxlint", "--deny-warnings", ...args]).status === 0

export const steps = [
  { name: "types", run: ({ node, root }) => node(["node_modules/typescript/bin/tsc", "-b"], root) },
  { name: "effect", run: ({ env, root }) => diagnose(root, env) },
  { name: "lint", run: ({ env, root }) => lint(root, env) },
  { name: "tidy", run: ({ test }) => test(["--project", "tidy"]) }
]
