/** Counts words over TCP: `npm start`, `npm start -- --help`. */
import { runMain } from "@millrace/core/node"
import { main } from "./main/command.ts"

runMain(main(process.argv.slice(2)))
