import { parseSync } from "vite"

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "end" in value

const statementsOf = (node: unknown, into: Array<Node> = []): ReadonlyArray<Node> => {
  if (Array.isArray(node)) node.forEach((child) => statementsOf(child, into))
  else if (isNode(node)) {
    if (/^(ExpressionStatement|VariableDeclaration)$/.test(node.type)) into.push(node)
    Object.values(node).forEach((child) => statementsOf(child, into))
  }
  return into
}

const isExpression = (text: string): boolean => {
  if (text.trim() === "") return false
  return parseSync("expected.ts", `(${text}\n)`).errors.length === 0
}

/** The text after `// =>`, with the comment lines below it while the text is not yet a whole expression. */
const expectedAt = (comments: ReadonlyArray<{ readonly value: string }>, index: number): string => {
  let text = comments[index]!.value.replace(/^\s*=>/, "")
  for (let next = index + 1; !isExpression(text) && next < comments.length; next++) {
    const line = comments[next]!.value
    if (/^\s*=>/.test(line)) break
    text += `\n${line}`
  }
  return text
}

const lineAt = (code: string, offset: number): number => code.slice(0, offset).split("\n").length

/** `console.log(value) // => expected` is a comparison of the value. */
const comparedIn = (code: string, statement: Node): { readonly start: number; readonly end: number } | undefined => {
  const expression = statement["expression"]
  if (!isNode(expression)) return undefined
  const called = expression["callee"]
  const given = expression["arguments"]
  if (isNode(called) && code.slice(called.start, called.end) === "console.log" && Array.isArray(given)) {
    const [only] = given
    if (given.length === 1 && isNode(only)) return only
  }
  return expression
}

const comparison = (code: string, statement: Node, expected: string, line: number): ReadonlyArray<Edit> => {
  const rest = `, () => (${expected.trim().split("\n").join(" ")}), ${line})`
  if (statement.type === "ExpressionStatement") {
    const value = comparedIn(code, statement)!
    return [
      { start: statement.start, end: value.start, text: ";await __compare(" },
      { start: value.end, end: statement.end, text: rest }
    ]
  }
  const declarations = statement["declarations"]
  const [declared] = Array.isArray(declarations) ? declarations : []
  const name = isNode(declared) ? declared["id"] : undefined
  if (!isNode(name) || name.type !== "Identifier") {
    throw new Error(`line ${line}: "// =>" needs an expression or one named constant before it`)
  }
  const written = String(name["name"])
  return [{ start: statement.end, end: statement.end, text: `;await __compare(${written}${rest};` }]
}

/** Makes each `// => expected` a comparison with the statement it stands behind or below; lines stay where they are. */
export const rewrite = (code: string): string => {
  const { comments, errors, program } = parseSync("example.ts", code)
  if (errors[0] !== undefined) throw new Error(`${errors[0].message}\n${errors[0].codeframe ?? ""}`)
  const statements = [...statementsOf(program)].sort((left, right) => left.end - right.end)
  const edits: Array<Edit> = []
  comments.forEach((comment, index) => {
    if (comment.type !== "Line" || !/^\s*=>/.test(comment.value)) return
    const line = lineAt(code, comment.start)
    const statement = statements.findLast(({ end }) => end <= comment.start)
    if (statement === undefined || code.slice(statement.end, comment.start).trim() !== "") {
      throw new Error(`line ${line}: "// =>" stands behind no statement`)
    }
    const expected = expectedAt(comments, index)
    if (!isExpression(expected)) throw new Error(`line ${line}: what follows "// =>" is not an expression: ${expected}`)
    edits.push(...comparison(code, statement, expected, line))
  })
  return edits
    .sort((left, right) => right.start - left.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), code)
}
