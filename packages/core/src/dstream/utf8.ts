/** Decoding that never fails, and what it had to replace. */

const replacement = "\ufffd"

/** Puts U+FFFD where bytes are not UTF-8, as the Encoding Standard says. A byte order mark is a character like any. */
export const decodeUtf8 = (bytes: Uint8Array): string => utf8.decode(bytes)

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** How many U+FFFD of `text` stand for bytes that were not UTF-8. One that was sent as such is none. */
export const replacementsIn = (text: string, bytes: Uint8Array): number => {
  let count = 0
  for (let at = text.indexOf(replacement); at !== -1; at = text.indexOf(replacement, at + 1)) count++
  if (count === 0) return 0
  for (let at = bytes.indexOf(0xef); at !== -1; at = bytes.indexOf(0xef, at + 1)) {
    if (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) count--
  }
  return count
}
