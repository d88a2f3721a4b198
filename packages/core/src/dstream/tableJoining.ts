import type { Pairs } from "../kernel/align.ts"
import type { Encode } from "../kernel/encoding.ts"
import type { Optional } from "../kernel/joinPairs.ts"
import { lookUp, type Rows } from "../kernel/Rows.ts"
import { unnamed } from "./joining.ts"
import { type AnyDStream, fromNode } from "./Node.ts"
import { isTable, make, type TableOrRows } from "./Table.ts"

/** A stream of its pairs with what a table has for their keys. `optional`: also where it has nothing. */
export const looked =
  (op: string, optional: Optional | undefined) =>
  (self: AnyDStream, that: TableOrRows<unknown, unknown, unknown, unknown>): AnyDStream => {
    const { source } = isTable(that) ? that : make(that)
    if (source._tag === "Fixed") {
      const f = (encode: Encode, pairs: Pairs) => lookUp(encode, pairs, source.rows, optional)
      return fromNode({ _tag: "Batch", op, parents: [self.node], f: unnamed(f), keys: "joined" })
    }
    const table = fromNode({
      _tag: "Effect",
      op: `table ${JSON.stringify(source.name)}`,
      parent: self.node,
      f: unnamed(source.read),
      perItem: false,
      concurrency: 1,
      perRun: true,
      keys: "kept",
      problems: source.problems
    })
    const f = (encode: Encode, pairs: Pairs, rows: readonly [Rows]) => lookUp(encode, pairs, rows[0], optional)
    return fromNode({ _tag: "Batch", op, parents: [self.node, table.node], f: unnamed(f), keys: "joined" })
  }
