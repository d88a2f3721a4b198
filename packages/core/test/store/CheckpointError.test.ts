import { describe, expect, it } from "@effect/vitest"
import { CheckpointError, type Reason } from "../../src/store/CheckpointError.ts"

const said = (reason: Reason): string => new CheckpointError({ pipeline: "orders", path: "/data/orders", reason }).message

const owner = { host: "mill", process: 7, boot: "b", startedAt: 1 }

describe("the message of a checkpoint says what to do", () => {
  it.each<readonly [Reason, says: string]>([
    [
      { _tag: "CheckpointInUse", epoch: 3, owner },
      "is in use: epoch 3 belongs to process 7 on mill. Stop it, or start with takeover: true among the options of " +
      "Pipeline.make to shut it out"
    ],
    [
      { _tag: "JournalCorrupt", segment: "0000000001-00000001.mrj", offset: 8231, lsn: 57 },
      "is damaged: segment 0000000001-00000001.mrj, byte 8231, near record 57, which was durable. Restore a copy, or give " +
      "up what follows with `millrace checkpoint repair --until 56`"
    ],
    [
      { _tag: "JournalCorrupt", segment: "0000000001-00000001.mrj", offset: 0, lsn: 1 },
      "is damaged: segment 0000000001-00000001.mrj, byte 0, near record 1, which was durable. Restore a copy"
    ],
    [
      { _tag: "JournalCorrupt", segment: undefined, offset: 0, lsn: 4 },
      "is damaged: no segment of the journal is there, from record 4 on, which was durable. Restore a copy"
    ]
  ])("%o", (reason, says) => {
    expect(said(reason)).toBe(`The checkpoint of pipeline "orders" in /data/orders ${says}`)
  })
})
