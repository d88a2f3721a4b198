/** Looks at options before anything is opened. */
import * as Duration from "effect/Duration"
import type { ConnectOptions, LineOptions, ListenOptions } from "./Options.ts"
import { InvalidOption } from "./TcpError.ts"

interface Numbers
  extends
    Pick<ConnectOptions, "port" | "connectTimeout" | "idleTimeout">,
    Pick<ListenOptions, "maxConnections" | "maxPartialBytes">,
    Pick<LineOptions, "maxLineLength">
{}

const isCount = (value: number, min: number): boolean => Number.isInteger(value) && value >= min

const isTimeout = (value: Duration.Input | undefined): boolean => {
  if (value === undefined) return true
  try {
    return Duration.toMillis(Duration.fromInputUnsafe(value)) > 0
  } catch {
    return false
  }
}

/** What is wrong with the options, the first thing of it. The lowest port is 1 for a client and 0 for a server. */
export const invalidOption = (options: Numbers, portMin: 0 | 1): InvalidOption | undefined => {
  const { connectTimeout, idleTimeout, maxConnections = 1, maxLineLength = 0, maxPartialBytes = 0, port } = options
  const checks: ReadonlyArray<readonly [option: string, isGood: boolean, expected: string]> = [
    ["port", isCount(port, portMin) && port <= 65_535, `a whole number from ${portMin} to 65535`],
    ["maxConnections", isCount(maxConnections, 1), "a whole number above 0"],
    ["maxLineLength", isCount(maxLineLength, 0), "a whole number of bytes"],
    ["maxPartialBytes", isCount(maxPartialBytes, 0), "a whole number of bytes"],
    ["connectTimeout", isTimeout(connectTimeout), "a duration above 0"],
    ["idleTimeout", isTimeout(idleTimeout), "a duration above 0"]
  ]
  const wrong = checks.find(([_, isGood]) => !isGood)
  return wrong === undefined ? undefined : new InvalidOption({ option: wrong[0], expected: wrong[2] })
}
