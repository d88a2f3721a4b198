/** Servers that tests run against: those that run already, or installed ones that run as long as the tests. */
export { postgres, type Postgres } from "./postgres.ts"
