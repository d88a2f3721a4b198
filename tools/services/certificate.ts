/** A certificate for this machine that nobody else has signed, made anew for each directory. */
import * as fs from "node:fs"
import * as path from "node:path"
import { problemOf, programAt } from "./shell.ts"

export interface Certificate {
  /** The certificate, which is its own authority. */
  readonly certificate: string
  /** Its key. */
  readonly key: string
}

/** The paths of PEM files, made where they are not there; nothing on a machine without `openssl`. */
export const certificateIn = async (directory: string): Promise<Certificate | undefined> => {
  const found = { certificate: path.join(directory, "certificate.pem"), key: path.join(directory, "key.pem") }
  if (fs.existsSync(found.certificate)) return found
  const openssl = programAt("openssl")
  if (openssl === undefined) return undefined
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
  const files = ["-keyout", found.key, "-out", found.certificate]
  const problem = await problemOf(openssl, [
    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", ...names, ...files
  ])
  return problem === undefined ? found : undefined
}
