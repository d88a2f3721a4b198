/** The second half of the seeds of a test run. */
import { seedsAreWell } from "./seeds.ts"

seedsAreWell(10_001, 10_000)
