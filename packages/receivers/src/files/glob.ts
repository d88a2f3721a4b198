/** Names by pattern. */

/** What a sign of a pattern means; all others stand for themselves. */
const signs: Readonly<Record<string, string>> = { "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")" }

const tokens = /\*\*\/|\*\*|\[[^\]/]+\]|[\s\S]/gu

/**
 * Whether a name matches: `*` and `?` within a name, `**` across directories, `[a-z]`, `[!a-z]` and `{csv,tsv}`.
 * `undefined` where the pattern is none.
 */
export const makeGlob = (pattern: string): ((name: string) => boolean) | undefined => {
  let inBraces = 0
  let source = ""
  for (const [token] of pattern.matchAll(tokens)) {
    if (token === "{") inBraces++
    if (token === "}" && inBraces-- === 0) return undefined
    source += translated(token, inBraces > 0)
  }
  if (inBraces > 0) return undefined
  try {
    const expression = new RegExp(`^${source}$`, "su")
    return (name) => expression.test(name)
  } catch {
    return undefined
  }
}

const translated = (token: string, inBraces: boolean): string => {
  if (token === "**/") return "(?:.*/)?"
  if (token === "**") return ".*"
  if (token.length > 1 && token.startsWith("[")) {
    const inside = token.slice(1, -1).replaceAll("\\", "\\\\")
    return inside.startsWith("!") ? `[^/${inside.slice(1)}]` : `[${inside}]`
  }
  if (token === "," && inBraces) return "|"
  return signs[token] ?? (/[\\^$.|+()[\]/-]/u.test(token) ? `\\${token}` : token)
}
