/**
 * The discretized stream and its operators.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { combineByKey, type CombineOptions } from "./dstream/combineByKey.ts"
export { count } from "./dstream/count.ts"
export { countByValue } from "./dstream/countByValue.ts"
export { filter } from "./dstream/filter.ts"
export { flatMap } from "./dstream/flatMap.ts"
export { flatMapValues } from "./dstream/flatMapValues.ts"
export { foreachBatch } from "./dstream/foreachBatch.ts"
export { fromReceiver } from "./dstream/fromReceiver.ts"
export { groupByKey } from "./dstream/groupByKey.ts"
export { keyBy } from "./dstream/keyBy.ts"
export { map } from "./dstream/map.ts"
export { mapBatch } from "./dstream/mapBatch.ts"
export { mapEffect } from "./dstream/mapEffect.ts"
export { mapValues } from "./dstream/mapValues.ts"
export { type DStream, isDStream, type Item, type Output, TypeId } from "./dstream/Node.ts"
export { reduce } from "./dstream/reduce.ts"
export { reduceByKey } from "./dstream/reduceByKey.ts"
export { scan, type ScanOptions } from "./dstream/scan.ts"
export { fromAsyncIterable, fromIterable, fromQueue, fromReadable, fromStream } from "./dstream/sources.ts"
export { split } from "./dstream/split.ts"
export { to } from "./dstream/to.ts"
export { transform } from "./dstream/transform.ts"
export { transformEffect } from "./dstream/transformEffect.ts"
export { transformWith } from "./dstream/transformWith.ts"
export { union } from "./dstream/union.ts"
export { unionAll } from "./dstream/unionAll.ts"
export { toStream, type ToStreamOptions } from "./runtime/toStream.ts"
