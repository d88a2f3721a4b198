/** What `npm start -- …` may be told. */
import { Data, Duration, Effect, Option } from "effect"
import { Flag } from "effect/cli"

/** Where the lines come from: our own feeder, a socket of somebody else, or whoever connects to us. */
export type Source =
  | { readonly _tag: "Feeder"; readonly linesPerSecond: number }
  | { readonly _tag: "Connect"; readonly host: string; readonly port: number }
  | { readonly _tag: "Listen"; readonly host: string; readonly port: number }

export interface Options {
  readonly source: Source
  readonly interval: Duration.Duration
  readonly batches: number | undefined
}

/** Said on one line, with the way out. */
export class BadOptions extends Data.TaggedError("BadOptions")<{ readonly problems: ReadonlyArray<string> }> {
  override get message() {
    return `${this.problems.join("; ")}. All options: npm start -- --help`
  }
}

const port = (name: string) =>
  Flag.Int(name).pipe(
    Flag.filter((port) => port >= 1 && port <= 65_535, () => "a port from 1 to 65535"),
    Flag.withMetavar("port")
  )

const millisIn = new Map([
  ...["ms", "milli", "millis"].map((unit) => [unit, 1] as const),
  ...["s", "second", "seconds"].map((unit) => [unit, 1000] as const),
  ...["m", "minute", "minutes"].map((unit) => [unit, 60_000] as const)
])

/** As Effect writes durations, and as people do: `1 second`, `500ms`, `2s`. Whole milliseconds, at least one. */
export const parseInterval = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  const millis = Math.round(Number(amount) * (millisIn.get(unit) ?? Number.NaN))
  return millis >= 1 ? Option.some(Duration.millis(millis)) : Option.none()
}

export const flags = {
  host: Flag.String("host").pipe(
    Flag.withMetavar("host"),
    Flag.withDescription("Read lines from a socket at this host, instead of from the feeder; needs --port"),
    Flag.optional
  ),
  port: port("port").pipe(
    Flag.withDescription("Read lines from a socket at this port, of 127.0.0.1 unless --host says another"),
    Flag.optional
  ),
  listen: port("listen").pipe(
    Flag.withDescription("Take connections at this port of 127.0.0.1 and read lines from all of them"),
    Flag.optional
  ),
  rate: Flag.Finite("rate").pipe(
    Flag.filter((rate) => rate >= 0.01 && rate <= 10_000_000, () => "lines per second, from 0.01 to 10000000"),
    Flag.withMetavar("lines"),
    Flag.withDescription("Lines per second of the feeder (default 2000)"),
    Flag.optional
  ),
  interval: Flag.String("interval").pipe(
    Flag.filterMap(parseInterval, () => "a duration such as \"1 second\", 500ms or 2s, of a millisecond or more"),
    Flag.withMetavar("duration"),
    Flag.withDescription("Batch interval: \"1 second\", 500ms, 2s (default 1 second)"),
    Flag.optional
  ),
  batches: Flag.Int("batches").pipe(
    Flag.filter((batches) => batches >= 1, () => "1 or more"),
    Flag.withMetavar("count"),
    Flag.withDescription("Stop after this many batches (default: run until Ctrl-C)"),
    Flag.optional
  )
}

type Given = { readonly [Name in keyof typeof flags]: typeof flags[Name] extends Flag.Flag<infer A> ? A : never }

/** Options that do not go together are refused, not ignored. */
export const resolve = (given: Given): Effect.Effect<Options, BadOptions> => {
  const connects = Option.isSome(given.port) || Option.isSome(given.host)
  const listens = Option.isSome(given.listen)
  const problems = [
    ...(Option.isSome(given.host) && Option.isNone(given.port) ? ["--host needs --port"] : []),
    ...(connects && listens ? ["--listen takes connections and --port makes one: give one of them"] : []),
    ...(Option.isSome(given.rate) && (connects || listens)
      ? ["--rate is for the feeder, which --port and --listen replace"]
      : [])
  ]
  if (problems.length > 0) return Effect.fail(new BadOptions({ problems }))
  return Effect.succeed({
    source: sourceOf(given),
    interval: Option.getOrElse(given.interval, () => Duration.seconds(1)),
    batches: Option.getOrUndefined(given.batches)
  })
}

const sourceOf = ({ host, listen, port, rate }: Given): Source => {
  if (Option.isSome(listen)) return { _tag: "Listen", host: "127.0.0.1", port: listen.value }
  if (Option.isNone(port)) return { _tag: "Feeder", linesPerSecond: Option.getOrElse(rate, () => 2000) }
  return { _tag: "Connect", host: Option.getOrElse(host, () => "127.0.0.1"), port: port.value }
}
