/**
 * Orders come as lines, `<order> <total>` and below it `<item> <order> <cost>`; the pipeline sees whole `Order`s.
 * What is wrong with a line or an order is logged, by line number and never by its text, and the stream goes on.
 *
 *   nc -l 9998 < examples/orders/sample.txt
 *   npm run example -- orders 127.0.0.1 9998
 */
import { DStream, Pipeline } from "@millrace/core"
import { runMain } from "@millrace/core/node"
import * as Console from "@millrace/sinks/Console"
import { orders } from "./orders/receiver.ts"

const [host = "127.0.0.1", port = "9998", onError] = process.argv.slice(2)

if (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
  console.error(`The second argument is a port, a number from 1 to 65535, not ${JSON.stringify(port)}`)
  process.exit(1)
}

const received = DStream.fromReceiver(
  orders({ name: "orders", host, port: Number(port), onError: onError === "fail" ? "fail" : "report" })
)

const revenue = received.pipe(
  DStream.map(({ id, items, total }) => `order ${id}: ${items.length} items, ${total} in total`)
)

runMain(Pipeline.make("orders", {
  batchInterval: "1 second",
  outputs: [DStream.to(revenue, "print", Console.print())]
}))
