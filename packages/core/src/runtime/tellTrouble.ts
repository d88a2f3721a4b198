/** Counts what the steps of a batch could not take. */
import type { Observer } from "./Observer.ts"
import type { Trouble } from "./Trouble.ts"

export const tellTrouble = ({ metrics }: Observer) => ({ dropped, letters }: Trouble): void => {
  for (const [step, records] of dropped) metrics.recordsDropped(step, records)
  for (const { from, name } of letters) metrics.recordsBuried(from, name, 1)
}
