/** All servers that tests may need, by name. */
import { findKafka } from "./kafka/kafka.ts"
import { findMosquitto } from "./mosquitto.ts"
import { findMysql } from "./mysql.ts"
import { findPostgres } from "./postgres.ts"
import type { Found } from "./Service.ts"

/** What each of them has. It is data, so that one process can tell it to another. */
export interface Reachable {
  readonly url: string
}

export const finders: Readonly<Record<string, () => Promise<Found<Reachable>>>> = {
  PostgreSQL: findPostgres,
  MariaDB: findMysql,
  Kafka: findKafka,
  Mosquitto: findMosquitto
}
