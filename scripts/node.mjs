// Finds a Node that can run the sources, and runs it so that signals and exit codes pass through.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"

const windows = process.platform === "win32"

export const isSupported = (version) => {
  const [major, minor] = version.replace("v", "").split(".").map(Number)
  return major > 22 || (major === 22 && minor >= 19)
}

/** The pinned build where the platform has one, else the Node that runs this script. */
export const findNode = (root) => {
  const platform = `${windows ? "win" : process.platform}-${process.arch}`
  const pinned = join(root, "node_modules", `node-${platform}`, "bin", windows ? "node.exe" : "node")
  if (existsSync(pinned)) return pinned
  if (isSupported(process.version)) return process.execPath
  console.error(`millrace: needs Node >= 22.19; this is ${process.version}, and no pinned build exists for ${platform}`)
  process.exit(1)
}

export const environment = (root, node) => ({
  ...process.env,
  PATH: [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter)
})

// Ctrl-C in a terminal arrives twice: from the terminal and, again, from npm. Two of a kind this close are one.
const echoMillis = 100

const leash = `--import=${new URL("leash.mjs", import.meta.url)}`

/** Calls back with each signal once; with SIGTERM too when npm, which would have passed signals on, is gone. */
const onSignal = (pass) => {
  const last = new Map()
  const once = (signal) => {
    const now = performance.now()
    if (now - (last.get(signal) ?? -Infinity) > echoMillis) pass(signal)
    last.set(signal, now)
  }
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"]
  for (const signal of signals) process.on(signal, once)
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return
    clearInterval(watch)
    once("SIGTERM")
  }, 500).unref()
  return () => {
    clearInterval(watch)
    for (const signal of signals) process.off(signal, once)
  }
}

/**
 * Runs a program to its end and answers its exit code. With `alone` it is in a process group of its own, so that it
 * gets each signal exactly once, from here: a program that drains on the first signal and leaves on the second depends
 * on it.
 */
export const run = (command, args, { alone = false, ...options }) =>
  new Promise((resolve) => {
    const child =
      alone && !windows
        ? spawn(command, [leash, ...args], {
            ...options,
            stdio: ["inherit", "inherit", "inherit", "pipe"],
            detached: true
          })
        : spawn(command, args, { ...options, stdio: "inherit" })
    const ignore = onSignal((signal) => child.kill(signal))
    // A terminal tells only its foreground group that it was resized, and the last size counts, however soon it comes.
    const resize = () => child.kill("SIGWINCH")
    if (alone && !windows) process.on("SIGWINCH", resize)
    const end = (code) => {
      ignore()
      process.off("SIGWINCH", resize)
      resolve(code)
    }
    child.on("error", (error) => {
      console.error(`millrace: ${command} did not start: ${error.message}`)
      end(1)
    })
    child.on("exit", (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
