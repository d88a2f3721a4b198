import { DStream, Pipeline } from "@millrace/core"
import * as Tcp from "@millrace/receivers/Tcp"
import * as Console from "@millrace/sinks/Console"
const lines = DStream.fromReceiver(Tcp.lines({ name: "l", host: "h", port: 1 }))
const p = Pipeline.make("x", { batchInterval: "1 second", outputs: [DStream.to(DStream.countByValue(lines), "print", Console.print())] })
console.log(Pipeline.explain(p)); console.log(Pipeline.explain(p, { format: "mermaid" }))
