// Installs once: again only when a manifest of the workspace or the lockfile has changed.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Every manifest of the workspace: the globs in package.json are either a folder or all folders inside one. */
export const manifestsOf = (root) => {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const folders = workspaces.flatMap((pattern) => {
    if (!pattern.endsWith("/*")) return [pattern]
    const parent = pattern.slice(0, -2)
    if (!existsSync(join(root, parent))) return []
    return readdirSync(join(root, parent))
      .sort()
      .map((name) => `${parent}/${name}`)
  })
  return ["package.json", "package-lock.json", ...folders.map((folder) => `${folder}/package.json`)].filter((file) =>
    existsSync(join(root, file))
  )
}

export const digestOf = (root) => {
  const hash = createHash("sha256")
  for (const file of manifestsOf(root))
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(root, file)))
      .update("\0")
  return hash.digest("hex")
}

/** Runs npm with the npm that started us, or else with the one on the path. */
export const npm = (root, args, options = {}) => {
  const script = process.env.npm_execpath
  const all = { cwd: root, stdio: "inherit", ...options }
  return script !== undefined && /npm-cli\.c?js$/.test(script)
    ? spawnSync(process.execPath, [script, ...args], all)
    : spawnSync(process.platform === "win32" ? "npm.cmd" : "npm", args, { ...all, shell: process.platform === "win32" })
}

const quiet = ["--no-audit", "--no-fund", "--loglevel=error"]

/** `npm ci` where nothing is installed yet; what is installed is brought up to date in place. */
const install = (root) => {
  const fresh = !existsSync(join(root, "node_modules"))
  if (!fresh || !existsSync(join(root, "package-lock.json"))) return npm(root, ["install", ...quiet]).status === 0
  if (npm(root, ["ci", ...quiet]).status === 0) return true
  if (process.env.CI === "true") return false
  console.error("millrace: npm ci failed, see above; trying npm install, which may change package-lock.json")
  return npm(root, ["install", ...quiet]).status === 0
}

export const ensureInstalled = (root) => {
  const stamp = join(root, "node_modules", ".millrace-install")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digestOf(root)) return
  console.error("millrace: installing dependencies, once (about 15 seconds)")
  if (!install(root)) {
    console.error("millrace: the dependencies could not be installed; npm says why above")
    process.exit(1)
  }
  mkdirSync(join(root, "node_modules"), { recursive: true })
  writeFileSync(stamp, digestOf(root))
}
