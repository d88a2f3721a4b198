import { parseSync } from "vite"

export interface Import {
  readonly specifier: string
  readonly line: number
}

export interface Module {
  readonly path: string
  readonly lines: number
  /** Every import and re-export, those of types too. */
  readonly imports: ReadonlyArray<Import>
  readonly functions: ReadonlyArray<{ readonly name: string; readonly line: number; readonly lines: number }>
  /** What is called or read by a global name: `Date.now`, `new Date`, `setTimeout`, `console.log`. */
  readonly globals: ReadonlyArray<{ readonly name: string; readonly line: number }>
  readonly anys: ReadonlyArray<number>
  readonly casts: ReadonlyArray<number>
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "end" in value

const walk = (
  value: unknown,
  parent: Node | undefined,
  visit: (node: Node, parent: Node | undefined) => void
): void => {
  if (Array.isArray(value)) for (const child of value) walk(child, parent, visit)
  else if (isNode(value)) {
    visit(value, parent)
    for (const child of Object.values(value)) if (typeof child === "object") walk(child, value, visit)
  }
}

const nameOf = (value: unknown): string | undefined =>
  isNode(value) && value.type === "Identifier" ? String(value["name"]) : undefined

const textOf = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined
  if (value.type === "TSLiteralType") return textOf(value["literal"])
  return value.type === "Literal" && typeof value["value"] === "string" ? value["value"] : undefined
}

const specifierOf = (node: Node): string | undefined => {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
      return textOf(node["source"])
    case "TSImportType":
      return textOf(node["source"]) ?? textOf(node["argument"])
    default:
      return undefined
  }
}

const memberOf = (node: Node): string | undefined => {
  const object = nameOf(node["object"])
  const property = node["computed"] === true ? "[]" : nameOf(node["property"])
  if (object === undefined || property === undefined) return undefined
  return object === "globalThis" ? property : `${object}.${property}`
}

const globalOf = (node: Node): string | undefined => {
  switch (node.type) {
    case "MemberExpression":
      return memberOf(node)
    case "CallExpression":
      return nameOf(node["callee"])
    case "NewExpression": {
      const made = nameOf(node["callee"])
      const given = node["arguments"]
      if (made === undefined) return undefined
      return `new ${made}${Array.isArray(given) && given.length > 0 ? "(…)" : "()"}`
    }
    default:
      return undefined
  }
}

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"])

const calledBy = (node: Node, parent: Node | undefined): string =>
  nameOf(node["id"]) ?? nameOf(parent?.["id"]) ?? nameOf(parent?.["key"]) ?? "a function"

const isConst = (node: Node): boolean => {
  const type = node["typeAnnotation"]
  return isNode(type) && type.type === "TSTypeReference" && nameOf(type["typeName"]) === "const"
}

const lineCounter = (text: string) => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return (offset: number): number => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}

export const isParsed = (path: string): boolean => /\.(ts|mts|mjs|js)$/.test(path)

export const parse = (path: string, text: string): Module => {
  const { errors, program } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}\n${errors[0].codeframe ?? ""}`)
  const lineAt = lineCounter(text)
  const found = {
    imports: Array.of<Import>(),
    functions: Array.of<Module["functions"][number]>(),
    globals: Array.of<Module["globals"][number]>(),
    anys: Array.of<number>(),
    casts: Array.of<number>()
  }
  walk(program, undefined, (node, parent) => {
    const line = lineAt(node.start)
    const specifier = specifierOf(node)
    if (specifier !== undefined) found.imports.push({ specifier, line })
    const name = globalOf(node)
    if (name !== undefined) found.globals.push({ name, line })
    if (functions.has(node.type)) {
      found.functions.push({ name: calledBy(node, parent), line, lines: lineAt(node.end) - line + 1 })
    }
    if (node.type === "TSAnyKeyword") found.anys.push(line)
    if ((node.type === "TSAsExpression" && !isConst(node)) || node.type === "TSTypeAssertion") found.casts.push(line)
  })
  return { path, lines: text.replace(/\n$/, "").split("\n").length, ...found }
}
