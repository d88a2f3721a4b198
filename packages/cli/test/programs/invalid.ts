import { Pipeline } from "@millrace/core"

export const pipeline = Pipeline.make("invalid", { batchInterval: "1 second", outputs: [] })
