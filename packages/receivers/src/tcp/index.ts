/** `@millrace/receivers/Tcp` */
export type { Frame, Framed, Framer } from "./Frame.ts"
export type { Address, ConnectOptions, FrameOptions, LineOptions, ListenOptions, PartialOptions } from "./Options.ts"
export { bytes, lines } from "./Tcp.ts"
export { TcpError } from "./TcpError.ts"
