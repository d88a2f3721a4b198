/** A batch on its way: so many messages at a time, and each acknowledged. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Checked } from "./checked.ts"
import type { Outgoing, Session } from "./driver.ts"
import { packetBytes } from "./messages.ts"
import type { Reason } from "./MqttError.ts"

/** Each message of QoS 0 that the socket has no room for waits for that by itself. */
const unacknowledgedMax = 8

export const send = (session: Session, checked: Checked, messages: ReadonlyArray<Outgoing>): Effect.Effect<void, Reason> => {
  const progress = { acknowledged: 0 }
  return Effect.raceFirst(sending(session, checked, messages, progress), stalled(checked, progress))
}

const sending = (
  session: Session,
  { maxInFlight, qos }: Checked,
  messages: ReadonlyArray<Outgoing>,
  progress: { acknowledged: number }
): Effect.Effect<void, Reason> =>
  Effect.callback((resume) => {
    const most = qos === 0 ? unacknowledgedMax : Math.min(maxInFlight, session.receiveMaximum)
    let next = 0
    let isOver = false
    let isPumping = false
    const finish = (result: Effect.Effect<void, Reason>) => {
      isOver = true
      resume(result)
    }
    const done = (reason: Reason | undefined) => {
      if (isOver) return
      if (reason !== undefined) return finish(Effect.fail(reason))
      progress.acknowledged++
      if (progress.acknowledged === messages.length) finish(Effect.void)
      else pump()
    }
    const hasRoom = () => !isOver && next < messages.length && next - progress.acknowledged < most
    const pump = () => {
      // The callback may come before publish returns.
      if (isPumping) return
      isPumping = true
      while (hasRoom()) {
        const message = messages[next++]!
        if (packetBytes(message) > session.maxPacketBytes) {
          finish(Effect.fail({ _tag: "PacketTooLarge", limit: session.maxPacketBytes }))
        } else session.publish(message, done)
      }
      isPumping = false
    }
    session.onEnd(() => done(session.ended()))
    const ended = session.ended()
    if (ended !== undefined) done(ended)
    else if (messages.length === 0) finish(Effect.void)
    else pump()
    return Effect.sync(() => {
      isOver = true
    })
  })

/** Fails when nothing was acknowledged for too long. */
const stalled = (
  { acknowledgeTimeoutMillis: millis }: Checked,
  progress: { readonly acknowledged: number }
): Effect.Effect<never, Reason> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    let seen = progress.acknowledged
    let since = clock.currentTimeMillisUnsafe()
    for (;;) {
      yield* Effect.sleep(Math.max(1, since + millis - clock.currentTimeMillisUnsafe()))
      const now = clock.currentTimeMillisUnsafe()
      if (progress.acknowledged === seen && now - since >= millis) {
        return yield* Effect.fail<Reason>({ _tag: "TimedOut", during: "publish", millis })
      }
      if (progress.acknowledged !== seen) since = now
      seen = progress.acknowledged
    }
  })
