import type { Block } from "../dstream/Receiver.ts"

/** A block that says a wrong size would defeat the bound of the buffer; the receiver that made it is at fault. */
export const checkBlock = (receiver: string, { bytes, records }: Block<unknown, unknown>): void => {
  if (Number.isSafeInteger(records) && records >= 0 && Number.isFinite(bytes) && bytes >= 0) return
  throw new RangeError(
    `Receiver ${JSON.stringify(receiver)} handed over a block of ${records} records and ${bytes} bytes: ` +
      "records must be a whole number and bytes a finite one, neither below zero"
  )
}
