/** Servers that tests run against: those that run already, or installed ones that run as long as the tests. */
import { startKafka as kafkaOfOnesOwn } from "./kafka/kafka.ts"
import { startMosquitto as mosquittoOfOnesOwn } from "./mosquitto.ts"
import { startMysql as mysqlOfOnesOwn } from "./mysql.ts"
import { startPostgres as postgresOfOnesOwn } from "./postgres.ts"
import { needed } from "./Service.ts"

export const startKafka = needed("Kafka", kafkaOfOnesOwn)
export const startMosquitto = needed("Mosquitto", mosquittoOfOnesOwn)
export const startMysql = needed("MySQL", mysqlOfOnesOwn)
export const startPostgres = needed("PostgreSQL", postgresOfOnesOwn)
export type { Controls } from "./Held.ts"
export { kafka, type Kafka, type StartedKafka } from "./kafka/kafka.ts"
export { mosquitto, type Mosquitto, type MosquittoOptions, type StartedMosquitto } from "./mosquitto.ts"
export { mysql, type Mysql, type MysqlOptions, type StartedMysql } from "./mysql.ts"
export { postgres, type Postgres, type PostgresOptions, type StartedPostgres } from "./postgres.ts"
export { listens } from "./Service.ts"
export type { Found } from "./Service.ts"
