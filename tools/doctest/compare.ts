import { Equal } from "effect"
import { expect } from "vitest"

/** `Equal.equals` first, so that Effect's values compare by value; the strict comparison writes the difference. */
export const compareAt = (file: string) => async (actual: unknown, expected: () => unknown, line: number) => {
  const wanted = expected()
  if (Equal.equals(actual, wanted)) return
  expect(actual, `${file}:${line}`).toStrictEqual(wanted)
}
