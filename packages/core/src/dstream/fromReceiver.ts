import { type DStream, fromNode, step } from "./Node.ts"
import type { Receiver } from "./Receiver.ts"

/**
 * The stream of what a receiver hands over. Use the result as often as you like: the receiver is opened once per run.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromReceiver = <A, E, R>(receiver: Receiver<A, E, R>): DStream<A, E, R> =>
  receiver.decoder.steps.reduce(step, fromNode({ _tag: "Receive", receiver }))
