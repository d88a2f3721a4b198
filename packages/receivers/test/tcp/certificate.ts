/** Certificates made for one test, as the bytes of X.509 say. */
import * as crypto from "node:crypto"

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  return Buffer.concat([Buffer.of(tag, 0x82, body.length >> 8, body.length & 0xff), body])
}
const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const text = (tag: number, value: string) => der(tag, Buffer.from(value, "latin1"))
const object = (hex: string) => der(0x06, Buffer.from(hex, "hex"))
const bits = (bytes: Uint8Array) => der(0x03, Buffer.of(0), bytes)
const time = (date: Date) => text(0x18, date.toISOString().replace(/[-:T]|\.\d+/g, ""))

const ecdsaWithSha256 = sequence(object("2a8648ce3d040302"))
const commonName = object("550403")
const subjectAltName = object("551d11")
const basicConstraints = object("551d13")

const day = 24 * 60 * 60 * 1000

/** A key, and a certificate for `names` that it signed itself, good from yesterday for `days` days. */
export const selfSigned = (options: { readonly names: ReadonlyArray<string>; readonly days: number }) => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const name = sequence(der(0x31, sequence(commonName, text(0x0c, options.names[0] ?? ""))))
  const from = new Date(Date.now() - day)
  const names = sequence(...options.names.map((each) => text(0x82, each)))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), crypto.randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(from), time(new Date(from.getTime() + options.days * day))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(
      sequence(basicConstraints, der(0x04, sequence(der(0x01, Buffer.of(0xff))))),
      sequence(subjectAltName, der(0x04, names))
    ))
  )
  const certificate = sequence(body, ecdsaWithSha256, bits(crypto.sign("sha256", body, privateKey)))
  const lines = certificate.toString("base64").replace(/.{64}/g, "$&\n")
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  }
}
