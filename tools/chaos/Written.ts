/** How far the program has come, by the files that it has written. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const lineEnd = 10

export class Written {
  readonly #directory: string
  /** A file that can be seen does not change any more. */
  readonly #records = new Map<string, number>()

  constructor(directory: string) {
    this.#directory = directory
  }

  get records(): number {
    let sum = 0
    for (const name of this.#names) {
      const records = this.#records.get(name) ?? this.#count(name)
      this.#records.set(name, records)
      sum += records
    }
    return sum
  }

  get #names(): ReadonlyArray<string> {
    try {
      return readdirSync(this.#directory).filter((name) => !name.startsWith("."))
    } catch {
      return []
    }
  }

  #count(name: string): number {
    let count = 0
    for (const byte of readFileSync(join(this.#directory, name))) if (byte === lineEnd) count++
    return count
  }
}
