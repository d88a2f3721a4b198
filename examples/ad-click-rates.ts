/**
 * How often advertisements are clicked, by group of users: in a sliding window and in total, and the best one of each
 * group. Events come from Kafka, the rates go to tables of PostgreSQL, and so does the checkpoint: killed at any moment
 * and started again, it has counted every event once.
 *
 *   npm run services        says where Kafka and PostgreSQL are: --bootstrap-servers and --database, where they are elsewhere
 *   npm run example -- ad-click-rates/produce
 *   npm run example -- ad-click-rates
 *   npm run example -- ad-click-rates/best students
 */
import { runMain } from "@millrace/core/node"
import { main } from "./ad-click-rates/command.ts"

runMain(main(process.argv.slice(2)))
