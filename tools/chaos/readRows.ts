/** What the sink with transactions holds, read without it. */
import { existsSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"

/** The lines of one output as they were put in, each with its batch. */
export const readRows = (path: string, output: string): ReadonlyArray<readonly [batch: number, line: string]> => {
  if (!existsSync(path)) return []
  const database = new DatabaseSync(path, { timeout: 20_000 })
  try {
    const found = database.prepare("SELECT batch, line FROM rows WHERE output = ? ORDER BY rowid").all(output)
    return found.map(({ batch, line }) => [Number(batch), String(line)])
  } catch (error) {
    // It was ended before it had made the table.
    if (error instanceof Error && error.message.includes("no such table")) return []
    throw error
  } finally {
    database.close()
  }
}
