/** Servers that tests run against: those that run already, or installed ones that run as long as the tests. */
export type { Controls } from "./Held.ts"
export { kafka, type Kafka, startKafka, type StartedKafka } from "./kafka/kafka.ts"
export { mosquitto, type Mosquitto, type MosquittoOptions, startMosquitto, type StartedMosquitto } from "./mosquitto.ts"
export { mysql, type Mysql, type MysqlOptions, startMysql, type StartedMysql } from "./mysql.ts"
export { postgres, type Postgres, type PostgresOptions, startPostgres, type StartedPostgres } from "./postgres.ts"
export { listens } from "./Service.ts"
export type { Found } from "./Service.ts"
