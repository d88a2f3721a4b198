/** One mistake each in what keeps state on disk. */
import type { Mutant } from "./Mutant.ts"

const laws = ["kernel/StoredState.test.ts"]

export const disk: ReadonlyArray<Mutant> = [
  {
    name: "live keys: one leaves that the store has not got",
    file: "kernel/LiveKeys.ts",
    source: "if (this.names[slot] === undefined || this.isPinned(slot)) return",
    replacement: "if (this.names[slot] === undefined) return",
    why: "a miss would find what the key was some batches ago",
    tests: laws
  },
  {
    name: "stored state: learns in the middle of a batch what the store has",
    file: "kernel/StoredState.ts",
    source: "if (!this.isOpen) this.settle()",
    replacement: "this.settle()",
    why: "a key would leave while the batch works on it",
    tests: laws
  },
  {
    name: "stored state: numbers keys otherwise than the store",
    file: "kernel/StoredState.ts",
    source: "live.serials[slot] = next++\n    this.next = next",
    replacement: "live.serials[slot] = next++\n    this.next = Math.max(this.next, next)",
    why: "a key that was read again would have another age",
    tests: laws
  },
  {
    name: "stored state: a rollback loses what an earlier batch removed",
    file: "kernel/StoredState.ts",
    source: "      live.bringBack(slot)\n",
    replacement: "",
    why: "a key that is gone would come back from the store",
    tests: laws
  },
  {
    name: "oldest key: takes what the batch touched for old",
    file: "kernel/OldestKeys.ts",
    source: "live.turns[slot] !== turn",
    replacement: "slot > 0",
    why: "another key than in memory would make room",
    tests: laws
  },
  {
    name: "sqlite: takes a batch in twice",
    file: "node/SqliteKeys.ts",
    source: "batch <= table.row.batch ? table.row : ",
    replacement: "",
    why: "a batch that comes again after a crash would make its keys young",
    tests: ["node/StateFiles.test.ts"]
  },
  {
    name: "sqlite: a batch that fails half way stays",
    file: "node/SqliteTable.ts",
    source: 'database.exec("ROLLBACK")',
    replacement: 'database.exec("COMMIT")',
    why: "half of a batch would be remembered",
    tests: ["node/StateFiles.test.ts"]
  },
  {
    name: "sqlite: an older run still writes",
    file: "node/SqliteTable.ts",
    source: 'if (!around.isOwned()) return',
    replacement: "if (operation === undefined) return",
    why: "two runs would mix their states",
    tests: ["node/StateFiles.test.ts"]
  },
  {
    name: "follower: the store has a batch before its outputs",
    file: "runtime/Ledger.ts",
    source: "      commitMemories(line())\n",
    replacement: "      commitMemories(line())\n      parts.follower.delivered(cut.info.id, records)\n",
    why: "a batch that is computed again would find its own results",
    tests: ["node/storedPipelines.test.ts"]
  },
  {
    name: "follower: a snapshot says more than the store has",
    file: "runtime/Follower.ts",
    source: "state.apply(batch, nothing)",
    replacement: "state.flush",
    why: "a start would find the store too old",
    tests: ["node/storedPipelines.test.ts"]
  },
  {
    name: "resume: gives the store nothing that it lacks",
    file: "runtime/resume.ts",
    source: "if (!self.follower.isIdle)",
    replacement: "if (self.follower.isIdle)",
    why: "batches that were prepared and not applied would be lost",
    tests: ["node/storedPipelines.test.ts"]
  }
]
