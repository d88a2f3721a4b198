/**
 * Where records come from.
 *
 * @stability unstable
 * @since 0.1.0
 */
export {
  type BatchRequest,
  type Block,
  type Delivery,
  isReceiver,
  make,
  type Options,
  perBatch,
  type Receiver,
  type Source,
  TypeId
} from "./dstream/Receiver.ts"
