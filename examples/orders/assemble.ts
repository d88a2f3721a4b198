/** Lines into orders, as a value: a state, and a step that gives the next state. */
import { Result } from "effect"
import type { Item, Order } from "./Order.ts"
import { ItemWithoutOrder, MalformedLine, type OrderError, OrderFailed } from "./OrderError.ts"

/** How far one connection is: the order being read, or the one that failed and whose items are passed over. */
export interface Assembly {
  readonly lines: number
  readonly open: { readonly order: Order; readonly missing: number } | undefined
  readonly failed: number | undefined
}

export type Found = Result.Result<Order, OrderError>

export const start: Assembly = { lines: 0, open: undefined, failed: undefined }

export const step = (self: Assembly, text: string): readonly [Assembly, ReadonlyArray<Found>] => {
  const next = { ...self, lines: self.lines + 1 }
  const numbers = numbersOf(text)
  if (numbers === undefined) return [next, [Result.fail(new MalformedLine({ line: next.lines, length: text.length }))]]
  const [first, second, third] = numbers
  return third === undefined ? header(next, first, second) : item(next, second, { id: first, cost: third })
}

/** The input has ended. */
export const end = (self: Assembly): ReadonlyArray<Found> =>
  self.open === undefined ? [] : [failure(self.open.order.id, self.lines, "EndedBeforeTotal")]

const header = (self: Assembly, id: number, total: number): readonly [Assembly, ReadonlyArray<Found>] => {
  const [next, found] = take({ ...self, failed: undefined }, { id, total, items: [] }, total)
  return [next, [...end(self), ...found]]
}

const item = (self: Assembly, id: number, item: Item): readonly [Assembly, ReadonlyArray<Found>] => {
  if (self.open === undefined) {
    return [self, self.failed === id ? [] : [Result.fail(new ItemWithoutOrder({ order: id, line: self.lines }))]]
  }
  const { missing, order } = self.open
  if (order.id !== id) return fail(self, order, "ForeignItem")
  if (item.cost > missing) return fail(self, order, "CostsExceedTotal")
  return take(self, { ...order, items: [...order.items, item] }, missing - item.cost)
}

const take = (self: Assembly, order: Order, missing: number): readonly [Assembly, ReadonlyArray<Found>] =>
  missing === 0
    ? [{ ...self, open: undefined }, [Result.succeed(order)]]
    : [{ ...self, open: { order, missing } }, []]

const fail = (self: Assembly, order: Order, reason: OrderFailed["reason"]): readonly [Assembly, ReadonlyArray<Found>] =>
  [{ ...self, open: undefined, failed: order.id }, [failure(order.id, self.lines, reason)]]

const failure = (order: number, line: number, reason: OrderFailed["reason"]): Found =>
  Result.fail(new OrderFailed({ order, line, reason }))

/** Two or three natural numbers, one space between them, that are exact as numbers. */
const numbersOf = (text: string): readonly [first: number, second: number, third: number | undefined] | undefined => {
  if (!/^\d+ \d+(?: \d+)?$/.test(text)) return undefined
  const [first = 0, second = 0, third] = text.split(" ").map(Number)
  return [first, second, third ?? 0].every(Number.isSafeInteger) ? [first, second, third] : undefined
}
