/** What vehicles say, and what is said to them. */
import { Schema } from "effect"

/** Topic: `<base>/<vehicle>/telemetry`. */
export const Reading = Schema.Struct({
  vehicle: Schema.NonEmptyString,
  /** Counted by the vehicle. */
  number: Schema.Natural,
  /** In km/h. */
  speed: Schema.Finite,
  /** Per minute. */
  revolutions: Schema.Finite,
  gear: Schema.Int
})

export type Reading = typeof Reading.Type

export const Advice = Schema.Literals(["shift up", "shift down", "right"])

export type Advice = typeof Advice.Type

/** Topic: `<base>/<vehicle>/gear-alert`. One when the advice changes, and so one when all is well again. */
export const Alert = Schema.Struct({ ...Reading.fields, advice: Advice })

export type Alert = typeof Alert.Type

export const alertText = ({ advice, gear, number, revolutions, speed, vehicle }: Alert): string =>
  `${vehicle} #${number}: ${advice === "right" ? `${gear} is right again` : `${advice} from ${gear}`} ` +
  `(${speed} km/h, ${revolutions} a minute)`
