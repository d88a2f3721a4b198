/** Finds a Java that Spark runs on, and builds Spark's side with Maven. What is missing is said. */
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)
const target = resolve(import.meta.dirname, "../../node_modules/.cache/bench-spark")
const buildMillis = 180_000
/** Spark 3.5 is made for 8, 11 and 17, the program for 17; Hadoop's libraries stop at 23. */
const supported = { least: 17, most: 21 }

/** What Spark's own launcher opens on a Java of today, as far as streams need it. */
const opened = [
  "java.base/java.lang",
  "java.base/java.lang.invoke",
  "java.base/java.lang.reflect",
  "java.base/java.io",
  "java.base/java.net",
  "java.base/java.nio",
  "java.base/java.util",
  "java.base/java.util.concurrent",
  "java.base/java.util.concurrent.atomic",
  "java.base/jdk.internal.ref",
  "java.base/sun.nio.ch",
  "java.base/sun.nio.cs",
  "java.base/sun.security.action",
  "java.base/sun.util.calendar"
]

export type Jvm =
  | { readonly _tag: "Ready"; readonly command: string; readonly args: ReadonlyArray<string> }
  | { readonly _tag: "Missing"; readonly why: string }

const missing = (why: string): Jvm => ({ _tag: "Missing", why })

const attempt = async (command: string, args: ReadonlyArray<string>, timeout: number) => {
  try {
    const { stderr, stdout } = await run(command, args, { cwd: import.meta.dirname, timeout })
    return { failed: false, text: stdout + stderr }
  } catch (error) {
    return { failed: true, text: error instanceof Error ? error.message : String(error) }
  }
}

const java = process.env.JAVA_HOME === undefined ? "java" : join(process.env.JAVA_HOME, "bin", "java")

const build = async (): Promise<string | undefined> => {
  const maven = await attempt("mvn", ["-version"], 20_000)
  if (maven.failed) return "There is no Maven (mvn) on the path"
  const classpath = join(target, "classpath.txt")
  mkdirSync(target, { recursive: true })
  const goals = ["-B", "-q", "compile", "dependency:build-classpath", `-Dmdep.outputFile=${classpath}`]
  const built = await attempt("mvn", goals, buildMillis)
  return built.failed ? `Maven failed: ${built.text.split("\n").slice(0, 4).join(" ")}` : undefined
}

export const prepare = async (): Promise<Jvm> => {
  const version = await attempt(java, ["-version"], 20_000)
  if (version.failed) return missing("There is no Java on the path and none at JAVA_HOME")
  const major = Number(/version "(\d+)/.exec(version.text)?.[1])
  if (!(major >= supported.least && major <= supported.most)) {
    const { least, most } = supported
    return missing(`Spark 3.5 needs a Java from ${least} to ${most}; this is ${major}. Set JAVA_HOME`)
  }
  const problem = await build()
  if (problem !== undefined) return missing(problem)
  const libraries = readFileSync(join(target, "classpath.txt"), "utf8").trim()
  const classpath = [join(target, "classes"), libraries].join(delimiter)
  const opens = opened.flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`])
  return { _tag: "Ready", command: java, args: ["-Xmx2g", ...opens, "-cp", classpath, "millrace.Beside"] }
}
