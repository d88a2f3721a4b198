/**
 * Lines and frames over TCP, as a client or as a server.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { fixedLength } from "./fixedLength.ts"
export type { Frame, Framed, Framer } from "./Frame.ts"
export { lengthPrefixed } from "./lengthPrefixed.ts"
export type { Address, ConnectOptions, FrameOptions, LineOptions, ListenOptions, PartialOptions } from "./Options.ts"
export { separated } from "./separated.ts"
export { bytes, lines, listenBytes, listenLines } from "./Tcp.ts"
export {
  AddressInUse,
  BadFrame,
  ConnectionRefused,
  Disconnected,
  FrameTooLong,
  HostNotFound,
  InvalidOption,
  ListenFailed,
  PartialsTooLarge,
  type Reason,
  TcpError,
  TimedOut,
  TlsFailed,
  Unreachable
} from "./TcpError.ts"
