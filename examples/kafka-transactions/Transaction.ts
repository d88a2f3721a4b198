/** A line of an account, as text and as what it means. */
import { Result } from "effect"

export interface Transaction {
  readonly id: number
  /** The day, as ISO 8601 has it. */
  readonly date: string
  readonly account: string
  /** Hundredths: sums of fractions would not come out even. */
  readonly cents: number
  readonly description: string
}

/** Why a line is none, in words that quote nothing of it. */
export type Cause = "not five fields" | "no number" | "no date" | "no account" | "no amount"

/** `id,date,account,amount,description`, such as `7,2026-01-31,DE-100,-12.50,coffee`. */
export const parse = (line: string): Result.Result<Transaction, Cause> => {
  const fields = line.split(",")
  const [id = "", date = "", account = "", amount = "", description = ""] = fields
  if (fields.length !== 5) return Result.fail("not five fields")
  if (!/^\d{1,15}$/.test(id)) return Result.fail("no number")
  if (!isDate(date)) return Result.fail("no date")
  if (!/^[A-Z]{2}-\d+$/.test(account)) return Result.fail("no account")
  if (!/^-?\d{1,12}\.\d\d$/.test(amount)) return Result.fail("no amount")
  return Result.succeed({ id: Number(id), date, account, cents: Number(amount.replace(".", "")), description })
}

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)

export const print = ({ account, cents, date, description, id }: Transaction): string => {
  const digits = String(Math.abs(cents)).padStart(3, "0")
  return `${id},${date},${account},${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)},${description}`
}
