/** One mistake each in what keeps checkpoints in PostgreSQL. Its tests need a server. */
import type { Mutant } from "./Mutant.ts"

const failures = ["store/postgresFailures.test.ts"]
const contract = ["store/postgresStore.test.ts"]

/** Who may write. */
const owners: ReadonlyArray<Mutant> = [
  {
    name: "postgres: writes under an epoch that has passed",
    file: "store/postgresTables.ts",
    source: "and epoch = $2::bigint for share",
    replacement: "and epoch >= $2::bigint for share",
    why: "records of a run that was shut out would count",
    tests: failures
  },
  {
    name: "postgres: does not wait for a claim that is under way",
    file: "store/postgresTables.ts",
    source: "and epoch = $2::bigint for share",
    replacement: "and epoch = $2::bigint",
    why: "a record could come after its journal was read",
    tests: failures
  },
  {
    name: "postgres: claims without a look at the owner",
    file: "store/postgresClaim.ts",
    source: "options.takeover || epoch === 0",
    replacement: "options.takeover || epoch >= 0",
    why: "two runs would take turns in shutting each other out",
    tests: contract
  },
  {
    name: "postgres: has one lock for all epochs",
    file: "store/postgresClaim.ts",
    source: "hashtextextended($1 || '/' || $2,",
    replacement: "hashtextextended($1 || '/' || left($2, 0),",
    why: "an owner that was shut out would seem to be the one that lives",
    tests: contract
  },
  {
    name: "postgres: forgets whose session was lost",
    file: "store/postgresStore.ts",
    source: "if (session.isLost) lost.set(pipeline, epoch)",
    replacement: "if (session.isLost) lost.delete(pipeline)",
    why: "a run could not go on while the server waits for its own old session",
    tests: failures
  },
  {
    name: "postgres: keeps the session of a claim that was refused",
    file: "store/postgresStore.ts",
    source: "() => Scope.close(scope, Exit.void)",
    replacement: "() => Effect.void",
    why: "tries would use up the pool",
    tests: failures
  },
  {
    name: "postgres: reads for an owner that was shut out",
    file: "store/postgresStore.ts",
    source: "found.epoch === epoch",
    replacement: "found.epoch >= epoch",
    why: "a run would begin on what belongs to another",
    tests: failures
  }
]

/** What is written, and what is believed of it. */
const rows: ReadonlyArray<Mutant> = [
  {
    name: "postgres: takes a session that was ended for a refusal",
    file: "store/postgresReason.ts",
    source: `startsWith("57P")`,
    replacement: `startsWith("57X")`,
    why: "a restart of the server would end every pipeline",
    tests: failures
  },
  {
    name: "postgres: cuts a character in two",
    file: "store/pieces.ts",
    source: "last >= 0xd800 && last < 0xdc00",
    replacement: "last >= 0xd800 && last < 0xd800",
    why: "what is read would not be what was written",
    tests: ["store/pieces.test.ts"]
  },
  {
    name: "postgres: removes records that the older snapshot needs",
    file: "store/PostgresJournal.ts",
    source: "Math.min(older.keepFrom, from)",
    replacement: "from",
    why: "a snapshot that rots could not be replaced by the one before it",
    tests: contract
  },
  {
    name: "postgres: takes a part of a snapshot for all of it",
    file: "store/postgresSnapshots.ts",
    source: `numberIn(first, "pieces") !== rows.length`,
    replacement: `numberIn(first, "pieces") < rows.length`,
    why: "an operator would have forgotten",
    tests: contract
  },
  {
    name: "postgres: reads over a gap",
    file: "store/postgresHistory.ts",
    source: "lsn !== expected ||",
    replacement: "lsn < expected ||",
    why: "a batch would be missing, and nobody told",
    tests: contract
  },
  {
    name: "postgres: writes for each who waits",
    file: "store/PostgresJournal.ts",
    source: "return this.queue.slice(0, count)",
    replacement: "return this.queue.slice(0, 1)",
    why: "a server would be asked for every record",
    tests: contract
  }
]

export const postgres: ReadonlyArray<Mutant> = [...owners, ...rows]
