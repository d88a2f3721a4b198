/** What can be wrong with the lines of one connection. None of the messages holds what a line said. */
import { Schema } from "effect"

/** A line is neither a header `<order> <total>` nor an item `<item> <order> <cost>`. */
export class MalformedLine extends Schema.TaggedError<MalformedLine>()("MalformedLine", {
  /** Counted from 1, per connection. */
  line: Schema.Natural,
  length: Schema.Natural
}) {
  readonly isRetryable = false

  override get message() {
    return `line ${this.line} (${this.length} characters) is neither "<order> <total>" nor "<item> <order> <cost>"`
  }
}

const reasons = {
  CostsExceedTotal: "its items cost more than its total",
  EndedBeforeTotal: "the next header, or the end, came before its items reached its total",
  ForeignItem: "an item of another order came before its items reached its total"
}

/** One order cannot be completed. What else comes for it is passed over, and the next header starts afresh. */
export class OrderFailed extends Schema.TaggedError<OrderFailed>()("OrderFailed", {
  order: Schema.Natural,
  line: Schema.Natural,
  reason: Schema.Literals(["CostsExceedTotal", "EndedBeforeTotal", "ForeignItem"])
}) {
  readonly isRetryable = false

  override get message() {
    return `order ${this.order} failed at line ${this.line}: ${reasons[this.reason]}`
  }
}

/** An item came while its order was not being read: before its header, or after it was complete. */
export class ItemWithoutOrder extends Schema.TaggedError<ItemWithoutOrder>()("ItemWithoutOrder", {
  order: Schema.Natural,
  line: Schema.Natural
}) {
  readonly isRetryable = false

  override get message() {
    return `line ${this.line} is an item of order ${this.order}, which is not being read`
  }
}

export type OrderError = MalformedLine | OrderFailed | ItemWithoutOrder
