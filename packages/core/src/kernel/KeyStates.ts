/** State per key as stages use it, wherever it is kept. */
import type { Primitive } from "../batch/Key.ts"
import type { Delta } from "./Memory.ts"

/**
 * A key that is held has a slot, a positive number, for as long as the batch that touched it is open. One that is given
 * a state again after it was removed gets another, for it is born anew.
 */
export interface KeyStates {
  /** Called for a key that must make room for another, just before it is forgotten. */
  onExpire: (slot: number) => void
  begin(time: number, batch: number): void
  /** Puts the initial state in, once. Called where a failure is the batch's. */
  seed(): void
  /** The slot of a key, or 0. The key has no state where this batch has removed it. */
  find(name: Primitive): number
  /** Finds the keys of the records to come. */
  lookAhead(names: ReadonlyArray<Primitive>, count: number): void
  /** As `find`, for the next record. */
  findNext(name: Primitive): number
  stateOf(slot: number): unknown
  keyOf(slot: number): unknown
  /** The key of a slot that was found under this name: known without a look where keys are their own names. */
  keyUnder(name: Primitive, slot: number): unknown
  /** The key of a record that was not found, as it will be held. */
  newKey(key: unknown, name: Primitive): unknown
  /** Gives a state to a key that is not held. */
  insert(key: unknown, name: Primitive, state: unknown): number
  /** Changes a state, as of this batch; `undefined` removes the key. Gives the slot, which is another after a removal. */
  update(slot: number, state: unknown): number
  /** Counts as an update that changed nothing. */
  refresh(slot: number): void
  isDue(slot: number): boolean
  /** Takes the keys whose timeout is over, by age. They are held until they are updated to `undefined`. */
  takeDue(): ReadonlyArray<number>
  /** All keys with state by age; `slot` is 0 for one that the batch has not touched and that is not held. */
  each(visit: (key: unknown, state: unknown, slot: number) => void): void
  delta(): Delta
  commit(): void
  rollback(): void
  snapshot(): Delta
  restore(delta: Delta, batch: number): void
  applied(batch: number): void
}
