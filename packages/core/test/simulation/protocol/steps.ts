/** Everything that can happen next. */
import {
  type Bounds,
  copy,
  durableOf,
  found,
  fresh,
  logOf,
  type Owner,
  preparedOf,
  recordsOf,
  type Request,
  type State,
  type Variant
} from "./state.ts"

export type Step = readonly [name: string, next: State]

/** What the sink makes of a commit. */
export const commit = ({ sink }: State, [epoch, batch, records]: Request, variant: Variant): "done" | "fenced" | "gap" => {
  switch (variant.sink) {
    case "transactional":
      if (variant.noFence !== true && epoch < sink.fence) return "fenced"
      if (batch <= sink.last) return "done"
      if (batch !== sink.last + 1) return "gap"
      sink.last = batch
      sink.rows.push(...records)
      return "done"
    case "idempotent":
      while (sink.objects.length <= batch) sink.objects.push([])
      sink.objects[batch] = records
      sink.last = Math.max(sink.last, batch)
      return "done"
    case "append":
      sink.last = Math.max(sink.last, batch)
      sink.rows.push(...records)
      return "done"
  }
}

export const stepsOf = (state: State, variant: Variant, bounds: Bounds): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  const add = (name: string, change: (next: State) => void) => {
    const next = copy(state)
    change(next)
    steps.push([name, next])
  }
  if (state.epoch < bounds.owners) {
    add("claim", (next) => {
      next.epoch++
      next.owners.push({ at: "claimed", committed: 0, checked: 0, sealed: undefined })
      next.journals.push({ entries: [], durable: 0 })
    })
  }
  state.owners.forEach((owner, epoch) => {
    if (owner.at === "dead") return
    begin(owner, epoch, variant, add)
    if (owner.at === "running") work(state, owner, epoch, variant, bounds, add)
    add(`kill ${epoch}`, (next) => {
      next.owners[epoch]!.at = "dead"
    })
  })
  state.requests.forEach((request, index) => travel(request, index, variant, add))
  if (state.powerLosses < bounds.powerLosses) losePower(state, add)
  return steps
}

type Add = (name: string, change: (next: State) => void) => void

/** The way of an owner from its claim to its work. */
const begin = (owner: Owner, epoch: number, variant: Variant, add: Add): void => {
  if (owner.at === "claimed" && variant.readBeforeFence === true) {
    add(`read ${epoch}`, (next) => {
      const { entries, epoch: old } = found(next, epoch - 1)
      Object.assign(next.owners[epoch]!, { at: "read", sealed: [old, entries] })
    })
  } else if (owner.at === "claimed" || owner.at === "read") {
    add(`fence ${epoch}`, (next) => fence(next, epoch, variant))
  }
  if (owner.at === "fenced") {
    add(`seal ${epoch}`, (next) => {
      const self = next.owners[epoch]!
      const read = found(next, epoch - 1)
      const [old, entries] = self.sealed ?? [read.epoch, read.entries]
      const journal = next.journals[old]!
      if (old > 0 && variant.noSyncOfOldJournal !== true) journal.durable = Math.max(journal.durable, entries)
      next.journals[epoch]!.entries.push(["Seal", old, entries])
      self.sealed = undefined
      self.at = variant.actBeforeSealIsDurable === true ? "running" : "sealing"
    })
  }
  if (owner.at === "sealing") {
    add(`sync of the seal ${epoch}`, (next) => {
      sync(next, epoch)
      next.owners[epoch]!.at = "running"
    })
  }
}

const fence = (next: State, epoch: number, variant: Variant): void => {
  const self = next.owners[epoch]!
  if (variant.sink === "transactional" && variant.noFence !== true) {
    if (next.sink.fence > epoch) {
      self.at = "dead"
      return
    }
    next.sink.fence = epoch
  }
  self.committed = next.sink.last
  self.at = "fenced"
}

const sync = (next: State, epoch: number): void => {
  const journal = next.journals[epoch]!
  journal.durable = journal.entries.length
}

const work = (state: State, owner: Owner, epoch: number, variant: Variant, bounds: Bounds, add: Add): void => {
  const log = logOf(state, epoch)
  const durable = durableOf(state, epoch)
  const records = recordsOf(log)
  const journal = state.journals[epoch]!
  for (const record of state.unacknowledged) {
    const times = records.filter((other) => other === record).length
    if (times >= (variant.noDedupe === true ? 2 : 1)) continue
    add(`data ${epoch}: ${record}`, (next) => next.journals[epoch]!.entries.push(["Data", record]))
  }
  if (journal.durable < journal.entries.length) add(`sync ${epoch}`, (next) => sync(next, epoch))
  if (state.epoch === epoch && owner.checked < durable) {
    add(`check ${epoch}`, (next) => {
      next.owners[epoch]!.checked = durable
    })
  }
  log.forEach((entry, place) => {
    if (entry[0] !== "Data" || !state.unacknowledged.includes(entry[1])) return
    const safe = variant.acknowledgeWithoutCheck === true ? durable : Math.min(durable, owner.checked)
    if (variant.acknowledgeBeforeDurable !== true && place >= safe) return
    add(`acknowledge ${epoch}: ${entry[1]}`, (next) => {
      next.unacknowledged = next.unacknowledged.filter((record) => record !== entry[1])
    })
  })
  const prepared = preparedOf(log)
  prepare(prepared.at(-1)?.batch ?? 0, fresh(log), epoch, bounds, add)
  const next = prepared.find(({ batch }) => batch > owner.committed)
  if (next === undefined || state.requests.some(([from, batch]) => from === epoch && batch === next.batch)) return
  if (variant.commitBeforeDurable !== true && next.place >= durable) return
  if (variant.commitAfterCheck === true && next.place >= owner.checked) return
  add(`send ${epoch}: ${next.batch}`, (after) => after.requests.push([epoch, next.batch, next.records]))
}

/** A batch of all that is there, or of the first record alone. */
const prepare = (last: number, records: ReadonlyArray<number>, epoch: number, { batches }: Bounds, add: Add): void => {
  if (records.length === 0 || last >= batches + epoch) return
  for (const cut of records.length === 1 ? [records] : [records, records.slice(0, 1)]) {
    add(`prepare ${epoch}: ${cut.join("+")}`, (next) => next.journals[epoch]!.entries.push(["Prepared", last + 1, cut]))
  }
}

/** A request arrives, with an answer, without one, and once more later; or it does not. */
const travel = (request: Request, index: number, variant: Variant, add: Add): void => {
  const [epoch, batch] = request
  const name = `${epoch}: ${batch}`
  add(`arrive ${name}`, (next) => {
    const answer = commit(next, request, variant)
    next.requests.splice(index, 1)
    const owner = next.owners[epoch]!
    if (owner.at !== "running") return
    if (answer === "done") owner.committed = Math.max(owner.committed, batch)
    if (answer === "fenced") owner.at = "dead"
  })
  add(`arrive unanswered ${name}`, (next) => {
    commit(next, request, variant)
    next.requests.splice(index, 1)
  })
  add(`arrive and stay ${name}`, (next) => void commit(next, request, variant))
  add(`drop ${name}`, (next) => void next.requests.splice(index, 1))
}

/** Of each journal any first part of what was not synced is kept. */
const losePower = (state: State, add: Add): void => {
  const choose = (epoch: number, kept: ReadonlyArray<number>): void => {
    const journal = state.journals[epoch]
    if (journal === undefined) {
      return add(`power ${kept.join()}`, (next) => {
        next.powerLosses++
        next.journals.forEach((each, index) => {
          each.entries.length = kept[index]!
          each.durable = kept[index]!
        })
        for (const owner of next.owners) owner.at = "dead"
      })
    }
    for (let length = journal.durable; length <= journal.entries.length; length++) choose(epoch + 1, [...kept, length])
  }
  choose(0, [])
}
