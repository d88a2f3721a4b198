/** The first half of the seeds of a test run. */
import { seedsAreWell } from "./seeds.ts"

seedsAreWell(1, 10_000)
