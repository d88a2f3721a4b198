/** A short text that differs where two lists of items differ, as good as surely. Not for secrets. */

/** How deep structures are looked into: past it, and so in cycles, everything counts as equal. */
const maxDepth = 64

const numbers = new Float64Array(1)
const halves = new Uint32Array(numbers.buffer)

/** Takes items, gives their digest. Equal for what is equal by structure, whichever objects it is made of. */
export class Digest {
  /** Whether everything taken in so far is what `JSON` gives back as it was. */
  isJson = true
  private a = 0x9e3779b9
  private b = 0x85ebca6b

  add(items: ReadonlyArray<unknown>): void {
    for (let i = 0; i < items.length; i++) this.value(items[i], 0)
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return hex(finish(this.a ^ this.b >>> 7)) + hex(finish(this.b ^ this.a >>> 11))
  }

  private mix(n: number): void {
    this.a = Math.imul(this.a ^ n, 0x85ebca77)
    this.a = this.a << 13 | this.a >>> 19
    this.b = Math.imul(this.b + n | 0, 0xc2b2ae3d)
    this.b = this.b << 15 | this.b >>> 17
  }

  private text(text: string): void {
    this.mix(text.length)
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i))
  }

  private value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "number":
        return this.number(value)
      case "string":
        this.mix(2)
        return this.text(value)
      case "boolean":
        return this.mix(value ? 3 : 4)
      case "object":
        return value === null ? this.mix(5) : this.object(value, depth)
      default:
        this.isJson = false
        this.mix(6)
        if (typeof value === "bigint") this.text(String(value))
    }
  }

  private number(n: number): void {
    if ((n | 0) === n) {
      if (n === 0 && 1 / n < 0) this.isJson = false
      this.mix(7)
      return this.mix(n)
    }
    if (!Number.isFinite(n)) this.isJson = false
    numbers[0] = n
    this.mix(8)
    this.mix(halves[0]!)
    this.mix(halves[1]!)
  }

  private object(value: object, depth: number): void {
    if (depth >= maxDepth) {
      this.isJson = false
      return this.mix(9)
    }
    if (Array.isArray(value)) {
      this.mix(10)
      this.mix(value.length)
      for (let i = 0; i < value.length; i++) this.value(value[i], depth + 1)
      return
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null || "toJSON" in value) this.isJson = false
    this.mix(11)
    if (value instanceof Date) return this.number(value.getTime())
    if (value instanceof Map || value instanceof Set) {
      for (const entry of value) this.value(entry, depth + 1)
      return
    }
    for (const [key, property] of Object.entries(value)) {
      this.text(key)
      this.value(property, depth + 1)
    }
  }
}

const finish = (hash: number): number => {
  let h = Math.imul(hash ^ hash >>> 16, 0x85ebca6b)
  h = Math.imul(h ^ h >>> 13, 0xc2b2ae35)
  return h ^ h >>> 16
}

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, "0")
