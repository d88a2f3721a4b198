/**
 * Packets as bytes and back, by `mqtt-packet`. The client around it is this connector's own: that of the package `mqtt`
 * acknowledges a message before it takes the next one, and keeps messages of QoS 2 in memory behind their PUBREC, so with
 * it nothing could be acknowledged after a journal has it.
 */
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet"

export type { Packet } from "mqtt-packet"

/** A message with what the parser leaves undefined. */
export type Publish = IPublishPacket

export type Level = 4 | 5

export const encode = (packet: Packet, level: Level): Buffer => generate(packet, { protocolVersion: level })

/** Takes the bytes of one packet. Throws what is none. */
export const makeDecode = (level: Level): (bytes: Buffer) => Packet => {
  const reading = parser({ protocolVersion: level })
  let packet: Packet | undefined
  let failure: unknown = undefined
  reading.on("packet", (each) => {
    packet = each
  })
  reading.on("error", (error) => {
    failure = error
  })
  return (bytes) => {
    packet = undefined
    failure = undefined
    reading.parse(bytes)
    if (failure !== undefined) throw failure
    if (packet === undefined) throw new Error("the packet is shorter than it says")
    return packet
  }
}
