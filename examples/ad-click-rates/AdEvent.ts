/** What the topic holds: an advertisement was shown to somebody of a group, or clicked. */
import { Schema } from "effect"

/** Names are in the key of a count, so they have no control characters. */
const Name = Schema.String.check(Schema.isPattern(/^[^\p{Cc}]{1,100}$/u))

export const AdEvent = Schema.Struct({
  kind: Schema.Literals(["impression", "click"]),
  advertisement: Name,
  group: Name
})

export type AdEvent = typeof AdEvent.Type
