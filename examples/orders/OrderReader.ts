/** The bytes of one connection into orders: remembers the unfinished line and the unfinished order between chunks. */
import { Lines } from "@millrace/core"
import * as Assembly from "./assemble.ts"

export class OrderReader {
  readonly #framer = Lines.make({ maxLineLength: 1024 })
  #assembly = Assembly.start
  /** Why nothing more can be read: a line longer than any header or item. */
  failure: Lines.LinesError | undefined = undefined

  push(bytes: Uint8Array): ReadonlyArray<Assembly.Found> {
    return this.#read(this.#framer.push(bytes))
  }

  /** The connection has ended. What follows the last line ending is a line too. */
  end(): ReadonlyArray<Assembly.Found> {
    return [...this.#read(this.#framer.end()), ...Assembly.end(this.#assembly)]
  }

  #read(cut: Lines.Cut): ReadonlyArray<Assembly.Found> {
    this.failure ??= cut.failure
    return cut.payload.flatMap((texts) =>
      texts.split("\n").flatMap((line) => {
        const [next, found] = Assembly.step(this.#assembly, line)
        this.#assembly = next
        return found
      })
    )
  }
}
