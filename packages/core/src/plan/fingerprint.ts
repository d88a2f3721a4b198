/** What a schema writes, as a short text: the same for schemas whose JSON has the same form, in every process. */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { Digest } from "../batch/digest.ts"

/**
 * Of the form alone: which properties, of which types, which may be missing. Titles, descriptions, checks and the order
 * of properties make no difference, nor does what is made of the JSON when it is read.
 */
export const fingerprint = (schema: Schema.Codec<unknown, unknown>): string => {
  const digest = new Digest()
  digest.add([formOf(SchemaAST.toEncoded(Schema.toCodecJson(schema).ast), [])])
  return digest.toString()
}

/** A schema that holds itself is told by how far up it is found. */
const formOf = (ast: SchemaAST.AST, above: ReadonlyArray<SchemaAST.AST>): unknown => {
  const depth = above.lastIndexOf(ast)
  if (depth >= 0) return ["again", above.length - depth]
  const inside = [...above, ast]
  switch (ast._tag) {
    case "Objects":
      return [
        "object",
        ast.propertySignatures
          .map(({ name, type }) => [String(name), isOptional(type), formOf(type, inside)] as const)
          .sort(([left], [right]) => left < right ? -1 : left > right ? 1 : 0),
        ast.indexSignatures.map(({ parameter, type }) => [formOf(parameter, inside), formOf(type, inside)])
      ]
    case "Arrays":
      return [
        "array",
        ast.elements.map((element) => [isOptional(element), formOf(element, inside)]),
        ast.rest.map((each) => formOf(each, inside))
      ]
    case "Union":
      return ["union", ast.types.map((type) => formOf(type, inside))]
    case "Suspend":
      return formOf(ast.thunk(), inside)
    case "Literal":
      return ["literal", String(ast.literal)]
    case "Enum":
      return ["enum", ast.enums.map(([, value]) => value)]
    case "TemplateLiteral":
      return ["template", ast.parts.map((part) => formOf(part, inside))]
    default:
      return ast._tag
  }
}

const isOptional = ({ context }: SchemaAST.AST): boolean => context?.isOptional === true
