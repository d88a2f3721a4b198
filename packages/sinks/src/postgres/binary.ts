/** Values that the client sends as they are: half the work of text for both sides, where all of a column are of its type. */

/** An array as a parameter, in the server's binary form. */
export type ArrayParameter = (values: ReadonlyArray<unknown>, elementOid: number) => unknown

export interface Binary {
  readonly oid: number
  /** The value as the client takes it; undefined where text has to say it, and the server to judge it. */
  readonly of: (value: unknown) => unknown
}

const integer = (oid: number, min: number, max: number): Binary => ({
  oid,
  of: (value) => typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? value : undefined
})

const maxBigint = 2n ** 63n

const bigint: Binary = {
  oid: 20,
  of: (value) =>
    typeof value === "bigint"
      ? value >= -maxBigint && value < maxBigint ? value : undefined
      : Number.isSafeInteger(value) ? BigInt(Number(value)) : undefined
}

const text: Binary = {
  oid: 25,
  of: (value) => typeof value === "string" && !value.includes("\0") ? value : undefined
}

const year0 = -62_167_219_200_000
const year10000 = 253_402_300_800_000

const time = (oid: number): Binary => ({
  oid,
  of: (value) => value instanceof Date && value.getTime() >= year0 && value.getTime() < year10000 ? value : undefined
})

const binaries: ReadonlyMap<string, Binary> = new Map([
  ["smallint", integer(21, -32_768, 32_767)],
  ["integer", integer(23, -2_147_483_648, 2_147_483_647)],
  ["bigint", bigint],
  ["double precision", { oid: 701, of: (value) => typeof value === "number" ? value : undefined }],
  ["boolean", { oid: 16, of: (value) => typeof value === "boolean" ? value : undefined }],
  ["text", text],
  ["character varying", text],
  ["timestamp with time zone", time(1184)],
  ["timestamp without time zone", time(1114)]
])

/** How values of a type go, if they may go as they are. */
export const binaryOf = (type: string): Binary | undefined => binaries.get(type)
