/** Wakes who waits for a change, without losing one that came between looking and waiting. */
import * as Effect from "effect/Effect"

export class Signal {
  #version = 0
  readonly #waiting = new Set<() => void>()

  get version(): number {
    return this.#version
  }

  tell(): void {
    this.#version++
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Ends at the first change after `version`. */
  after(version: number): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (version !== this.#version) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      this.#waiting.add(wake)
      return Effect.sync(() => {
        this.#waiting.delete(wake)
      })
    })
  }
}
