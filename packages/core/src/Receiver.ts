/**
 * Where records come from.
 *
 * @stability unstable
 * @since 0.1.0
 */
export {
  type Abilities,
  type BatchRequest,
  type Block,
  type Delivery,
  isReceiver,
  make,
  type Options,
  perBatch,
  type Range,
  type Receiver,
  type Source,
  TypeId
} from "./dstream/Receiver.ts"
export type { RecordOptions } from "./dstream/receivers/blocks.ts"
export { fromAsyncIterable } from "./dstream/receivers/fromAsyncIterable.ts"
export { fromIterable } from "./dstream/receivers/fromIterable.ts"
export { fromQueue } from "./dstream/receivers/fromQueue.ts"
export { fromReadable, type Readable } from "./dstream/receivers/fromReadable.ts"
export { fromStream } from "./dstream/receivers/fromStream.ts"
export { type Push, push } from "./dstream/receivers/push.ts"
export { queue, type QueueOptions } from "./dstream/receivers/queue.ts"
export { ranges, type RangesOptions } from "./dstream/receivers/ranges.ts"
export { rate } from "./dstream/receivers/rate.ts"
export { handOverLast, reportError } from "./dstream/ReceiverHost.ts"
export { ReceiverError } from "./dstream/receivers/ReceiverError.ts"
