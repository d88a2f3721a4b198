/** One mistake each in how a checkpoint is held against a pipeline that has changed. */
import type { Mutant } from "./Mutant.ts"

export const evolution: ReadonlyArray<Mutant> = [
  {
    name: "State: versions begin anew with every step",
    file: "dstream/State.ts",
    source: "version: newestOf(versions).version + 1",
    replacement: "version: versions[0].version + 1",
    why: "the third version would be taken for the second",
    tests: ["dstream/State.test.ts"]
  },
  {
    name: "State: only the last step is taken",
    file: "dstream/jsonCodec.ts",
    source: "readerOf(each, versions.slice(index + 1))",
    replacement: "readerOf(each, versions.slice(index + 1).slice(-1))",
    why: "state of the first version would skip the second",
    tests: ["dstream/State.test.ts", "runtime/evolution.test.ts"]
  },
  {
    name: "fingerprint: what may be missing looks like what may not",
    file: "plan/fingerprint.ts",
    source: "[String(name), isOptional(type), formOf(type, inside)]",
    replacement: "[String(name), formOf(type, inside)]",
    why: "state without a property would be read as if it had it",
    tests: ["plan/fingerprint.test.ts"]
  },
  {
    name: "fingerprint: depends on the order of properties",
    file: "plan/fingerprint.ts",
    source: "left < right ? -1 : left > right ? 1 : 0",
    replacement: "0",
    why: "a struct that is written in another order would be refused",
    tests: ["plan/fingerprint.test.ts"]
  },
  {
    name: "compareManifests: drops what fits",
    file: "store/compareManifests.ts",
    source: "if (found.length === 0) {",
    replacement: "if (found.length === 0 && !drop.includes(name)) {",
    why: "an option that was left in the program would empty an operator at every start",
    tests: ["store/compareManifests.test.ts"]
  },
  {
    name: "compareManifests: an older program reads newer state",
    file: "store/compareManifests.ts",
    source: "if (stateVersion > now.stateVersion) {",
    replacement: "if (stateVersion > now.stateVersion + 1) {",
    why: "state would be read by a schema that it was not written by",
    tests: ["store/compareManifests.test.ts"]
  },
  {
    name: "compareManifests: the first difference hides the others",
    file: "store/compareManifests.ts",
    source: "changes.push(...found.map((change)",
    replacement: "changes.push(...found.slice(0, 1).map((change)",
    why: "each release would be refused for another reason",
    tests: ["store/compareManifests.test.ts"]
  },
  {
    name: "evolve: everything is held against the newest manifest",
    file: "store/evolve.ts",
    source: "compareManifests(readManifest(manifest), now",
    replacement: "compareManifests(readManifest(recovery.eras.at(-1)), now",
    why: "after a start that was cut short, old state would pass for new",
    tests: ["store/evolve.test.ts"]
  },
  {
    name: "a start: no snapshot of what was migrated",
    file: "runtime/resume.ts",
    source: "isSnapshotDue: evolution.isChanged",
    replacement: "isSnapshotDue: false",
    why: "old versions would stay until the next snapshot is due",
    tests: ["runtime/evolution.test.ts"]
  },
  {
    name: "Image: batches that an output may miss are in the snapshot",
    file: "store/Image.ts",
    source: "unconfirmed.length > 0)",
    replacement: "unconfirmed.length > 1)",
    why: "a checkpoint that was renamed or carried elsewhere would lose them",
    tests: ["runtime/checkpoints.test.ts"]
  },
  {
    name: "replay: without what batches before it changed",
    file: "runtime/replayBatch.ts",
    source: "earlier.prepared.batch < batch",
    replacement: "earlier.prepared.batch < 0",
    why: "a batch would be shown with the state of the snapshot",
    tests: ["runtime/checkpoints.test.ts"]
  }
]
