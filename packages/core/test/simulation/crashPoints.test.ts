/** The places where a run can end, row by row, and what of the simulation ends it there. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { scenario, sinks, sources } from "./crashes.ts"
import { simulate } from "./simulate.ts"

/**
 * `operation`: one that the runs of `crashes.test.ts` pass, before or after which each of them ends once. `fault`: what
 * the trace of some seed shows. `test`: another file.
 */
type Where = { readonly operation: RegExp } | { readonly fault: RegExp } | { readonly test: string }

const journalWrite = { operation: /^disk write .*\.mrj$/ }
const journalWritten = { operation: /^disk write .*\.mrj done$/ }
const journalSynced = { operation: /^disk sync .*\.mrj done$/ }
const committed = { operation: /^sink x commit \d+ answered$/ }
const takenOver = { fault: /is taken over/ }

const rows: ReadonlyArray<readonly [rows: string, what: string, where: Where]> = [
  ["1", "read, and not in the journal", { operation: /^source a pull answered$/ }],
  ["2", "a block is written and not synced", journalWritten],
  ["3", "a block is written in part", journalWrite],
  ["4", "a block is synced, before the look at the epoch", journalSynced],
  ["5", "an acknowledgement is on its way", { operation: /^source a acknowledge [\d,]+$/ }],
  ["6", "acknowledged, and in no batch", { operation: /^source a acknowledge [\d,]+ answered$/ }],
  ["7, 8, 9", "in the cut, in user code, before the batch is written", journalWrite],
  ["10", "a batch is written in part", journalWrite],
  ["11, 12", "a batch is written and not synced", journalWritten],
  ["13", "a batch is durable, before the look at the epoch", { operation: /^disk exists .*epochs/ }],
  ["14", "in the commit of a sink", { operation: /^sink x commit \d+$/ }],
  ["15", "a sink has committed, and nobody heard", committed],
  ["16", "one output has the batch, another has not", { operation: /^sink y commit \d+$/ }],
  ["17", "a batch of an idempotent sink is there in part", { test: "../../../sinks/test/files" }],
  ["18", "every output has the batch, before that is written", committed],
  ["19", "that every output has it is written and not synced", journalWritten],
  ["21, 22", "the next batches are on their way", { operation: /^sink x commit 2$/ }],
  ["24", "a snapshot is written in part", { operation: /^disk write .*\/snap\/tmp-/ }],
  ["25", "a snapshot has its name, before the journal says so", { operation: /^disk sync .*\/snap done$/ }],
  ["26", "in the middle of removing segments", { operation: /^disk remove .*\.mrj done$/ }],
  ["28", "the newest snapshot is rotten", { test: "./damage.test.ts" }],
  ["29", "an epoch is claimed, before the sinks shut out older ones", { operation: /^disk sync .*\/epochs done$/ }],
  ["30", "the sinks shut out older epochs, before the seal", { operation: /^sink x open answered$/ }],
  ["31", "the seal is written and not synced", journalWritten],
  ["32, 33, 34, 35", "an owner that was shut out writes, acknowledges and commits", takenOver],
  ["36", "the disk is full", { fault: /waits for room/ }],
  ["37", "a sync fails", { fault: /could not be written/ }],
  ["38", "the process is killed from outside", { fault: /^kill$/ }],
  ["39", "in the middle of a migration", { test: "./migrations.test.ts" }],
  ["40", "a stop in the middle of a batch", { fault: /is stopped/ }],
  ["41", "a record ends the process, over and over", { test: "./isolation.test.ts" }],
  ["42", "the wall clock goes backwards between starts", { fault: /the wall clock is set by -/ }],
  ["43", "the journal is older than a sink", { test: "../store/decideRecovery.test.ts" }]
]

const passed = new Set<string>()
for (const source of Object.values(sources)) {
  for (const commitClass of sinks) {
    for (const isPair of [false, true]) {
      for (const [, , what] of simulate(1, { scenario: scenario(source, commitClass, isPair) }).world.trace) passed.add(what)
    }
  }
}

const seen = new Set<string>()
for (let seed = 1; seed <= 400; seed++) for (const [, , what] of simulate(seed).world.trace) seen.add(what)

describe("a run is made to end where", () => {
  for (const [numbers, what, where] of rows) {
    it(`${what} (${numbers})`, () => {
      if ("test" in where) assert.isTrue(existsSync(join(import.meta.dirname, where.test)))
      else if ("operation" in where) assert.isTrue([...passed].some((each) => where.operation.test(each)))
      else assert.isTrue([...seen].some((each) => where.fault.test(each)))
    })
  }
})
