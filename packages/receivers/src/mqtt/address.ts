/** Where a url says that a broker is. */

export interface Address {
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
}

/** `undefined` where the text is no url of a broker, or holds a user. */
export const addressOf = (text: string): Address | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isSecure = url.protocol === "mqtts:"
  if (!isSecure && url.protocol !== "mqtt:") return undefined
  if (url.hostname === "" || url.username !== "" || url.password !== "") return undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  return { host, port: url.port === "" ? (isSecure ? 8883 : 1883) : Number(url.port), isSecure }
}
