/** A run needs a server that is neither there nor can be started. */
export class MissingServer extends Error {
  constructor(name: string, why: string) {
    super(`${name} is missing: ${why}`)
  }
}
