/** One mistake each in what makes rolling files exactly once: the simulated disk must notice every one. */
import type { Mutant } from "./Mutant.ts"

/** The package and the tests are the same for all. */
type Mistake = Omit<Mutant, "tests" | "package">

/** How the manifest and a part are written. */
const written: ReadonlyArray<Mistake> = [
  {
    name: "rolling files: a batch counts before its lines are durable",
    file: "files/partLog.ts",
    source: "      yield* file.sync\n      return",
    replacement: "      return",
    why: "a loss of power would take lines that the manifest says are there"
  },
  {
    name: "rolling files: a batch is said to be there before that is durable",
    file: "files/partLog.ts",
    source: "      Effect.andThen(manifest.sync),\n",
    replacement: "",
    why: "the journal would forget a batch that is lost with the power"
  },
  {
    name: "rolling files: a manifest gets its name before it is durable",
    file: "files/partLog.ts",
    source: "        Effect.andThen(file.sync),\n",
    replacement: "",
    why: "a loss of power would leave no manifest"
  },
  {
    name: "rolling files: the name of a manifest is not durable",
    file: "files/partLog.ts",
    source: "      yield* disk.syncDirectory(place.hidden)\n      this.lines",
    replacement: "      this.lines",
    why: "a part would be finished of which the manifest says that it is open"
  },
  {
    name: "rolling files: nobody looks for a newer manifest",
    file: "files/partLog.ts",
    source: "if (newest === undefined || isAfter(newest, term)) return yield* this.refuse()",
    replacement: "",
    why: "a start that was shut out would finish parts"
  },
  {
    name: "rolling files: the name of a part is not durable",
    file: "files/partLog.ts",
    source: "      yield* disk.syncDirectory(place.hidden)\n      return { name",
    replacement: "      return { name",
    why: "the manifest would name a part that is not there"
  },
  {
    name: "rolling files: a failure leaves its lines in the part",
    file: "files/partLog.ts",
    source: "      yield* this.part.truncate(open.bytes)\n",
    replacement: "",
    why: "lines would be there twice"
  },
  {
    name: "rolling files: what is cut off comes back",
    file: "files/partLog.ts",
    source: "      yield* this.part.truncate(open.bytes)\n      yield* this.part.sync\n",
    replacement: "      yield* this.part.truncate(open.bytes)\n",
    why: "a finished part would have lines of a batch that was given up"
  },
  {
    name: "rolling files: a failure leaves the manifest as it is",
    file: "files/partLog.ts",
    source: "      yield* this.rewrite(this.state)\n      const",
    replacement: "      const",
    why: "the manifest would say that a batch is there which was cut off"
  },
  {
    name: "rolling files: the name of a finished part is not durable",
    file: "files/partLog.ts",
    source: "  yield* disk.syncDirectory(folder)\n  yield* disk.syncDirectory(place.hidden)\n",
    replacement: "",
    why: "a part that readers have seen would be gone until the next start"
  }
]

/** How they are taken over, and when a batch counts. */
const taken: ReadonlyArray<Mistake> = [
  {
    name: "rolling files: a manifest is believed that is not durable",
    file: "files/takeOver.ts",
    source: "    yield* disk.syncDirectory(place.hidden)\n    return [term",
    replacement: "    return [term",
    why: "a part would be finished of which the manifest says that it is open"
  },
  {
    name: "rolling files: what the last writer wrote is read before it is shut out",
    file: "files/takeOver.ts",
    source: "return [term, yield* stateIn(disk, pathOf(term), identity)]",
    replacement: "return [term, before]",
    why: "its last batch would be there twice"
  },
  {
    name: "rolling files: a part that should have its name does not get it",
    file: "files/takeOver.ts",
    source: "  if (before.finished !== null) yield* publish(disk, place, before.finished)\n",
    replacement: "",
    why: "its lines would be lost"
  },
  {
    name: "rolling files: the copy of a part is not durable",
    file: "files/takeOver.ts",
    source: "Effect.andThen(readPart(disk, path, part, copy.write), copy.sync)",
    replacement: "readPart(disk, path, part, copy.write)",
    why: "a loss of power would take what was committed"
  },
  {
    name: "rolling files: goes on in the file of the last writer",
    file: "files/takeOver.ts",
    source: "yield* copyPart(disk, place, term, before.open)",
    replacement: "before.open",
    why: "it could still write to it"
  },
  {
    name: "rolling files: an older start takes the manifest",
    file: "files/takeOver.ts",
    source: "if (newest.epoch > epoch) {",
    replacement: "if (newest.epoch > epoch + 1_000) {",
    why: "a start that was shut out would come back"
  },
  {
    name: "rolling files: no look at the manifest after a batch",
    file: "files/rollingWriter.ts",
    source: "        yield* log.verify()\n      }",
    replacement: "      }",
    why: "a batch would seem to count that the next start knows nothing of"
  },
  {
    name: "rolling files: goes on after a failure as if there was none",
    file: "files/rollingWriter.ts",
    source: "      if (!this.isSure) yield* log.repair()\n",
    replacement: "",
    why: "half a batch would be in the part"
  },
  {
    name: "rolling files: the newest batch is taken again",
    file: "files/rollingWriter.ts",
    source: "if (id > log.state.batch) {",
    replacement: "if (id >= log.state.batch) {",
    why: "its lines would be there twice"
  }
]

export const files: ReadonlyArray<Mutant> = [...written, ...taken].map((mistake) => ({
  ...mistake,
  package: "sinks",
  tests: ["files/rollingCrashes.test.ts"]
}))
