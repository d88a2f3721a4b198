/**
 * The discretized stream and its operators.
 *
 * @stability unstable
 * @since 0.1.0
 */
export { assignTimestamps } from "./dstream/assignTimestamps.ts"
export { cache } from "./dstream/cache.ts"
export { cogroup } from "./dstream/cogroup.ts"
export { combineByKey, type CombineOptions } from "./dstream/combineByKey.ts"
export { combineByKeyAndEventWindow, type EventCombineOptions } from "./dstream/combineByKeyAndEventWindow.ts"
export { count } from "./dstream/count.ts"
export { countByValue } from "./dstream/countByValue.ts"
export { countByValueAndWindow } from "./dstream/countByValueAndWindow.ts"
export { countByWindow } from "./dstream/countByWindow.ts"
export { distinct, type DistinctByOptions, type DistinctOptions } from "./dstream/distinct.ts"
export type {
  EventWindowed,
  EventWindowOptions,
  FixedEventWindow,
  LateRecord,
  SessionEventWindow,
  Timestamped,
  TimestampOptions,
  Windowed
} from "./dstream/EventTime.ts"
export { filter } from "./dstream/filter.ts"
export { flatMap } from "./dstream/flatMap.ts"
export { flatMapValues } from "./dstream/flatMapValues.ts"
export { foreachBatch } from "./dstream/foreachBatch.ts"
export { fromReceiver } from "./dstream/fromReceiver.ts"
export { fullOuterJoin } from "./dstream/fullOuterJoin.ts"
export { glom } from "./dstream/glom.ts"
export { groupByKey } from "./dstream/groupByKey.ts"
export { type EventGroupOptions, groupByKeyAndEventWindow } from "./dstream/groupByKeyAndEventWindow.ts"
export { type GroupWindowOptions, groupByKeyAndWindow } from "./dstream/groupByKeyAndWindow.ts"
export { join } from "./dstream/join.ts"
export { joinTable } from "./dstream/joinTable.ts"
export { keyBy } from "./dstream/keyBy.ts"
export { type Bare, type BoundOptions, type KeyedStateOptions, type OnMaxKeys } from "./dstream/KeyedOptions.ts"
export { lateRecords } from "./dstream/lateRecords.ts"
export { leftOuterJoin } from "./dstream/leftOuterJoin.ts"
export { leftOuterJoinTable } from "./dstream/leftOuterJoinTable.ts"
export { map } from "./dstream/map.ts"
export { mapBatch } from "./dstream/mapBatch.ts"
export { mapEffect } from "./dstream/mapEffect.ts"
export { mapPartitions } from "./dstream/mapPartitions.ts"
export { mapValues } from "./dstream/mapValues.ts"
export { mapWithState, type MapWithStateOptions } from "./dstream/mapWithState.ts"
export { type DStream, isDStream, type Item, type Output, TypeId } from "./dstream/Node.ts"
export { type ErrorPolicy, onError } from "./dstream/onError.ts"
export { reduce } from "./dstream/reduce.ts"
export { reduceByKey } from "./dstream/reduceByKey.ts"
export { type EventReduceOptions, reduceByKeyAndEventWindow } from "./dstream/reduceByKeyAndEventWindow.ts"
export { type KeyWindowOptions, reduceByKeyAndWindow } from "./dstream/reduceByKeyAndWindow.ts"
export { reduceByWindow, type ReduceWindowOptions } from "./dstream/reduceByWindow.ts"
export { repartition } from "./dstream/repartition.ts"
export { rightOuterJoin } from "./dstream/rightOuterJoin.ts"
export { runningCountByKey } from "./dstream/runningCountByKey.ts"
export { runningReduceByKey, type RunningOptions, type RunningReduceOptions } from "./dstream/runningReduceByKey.ts"
export { scan, type ScanOptions } from "./dstream/scan.ts"
export { fromAsyncIterable, fromIterable, fromQueue, fromReadable, fromStream } from "./dstream/sources.ts"
export { type Stateful } from "./dstream/Stateful.ts"
export { split } from "./dstream/split.ts"
export { stateSnapshots } from "./dstream/stateSnapshots.ts"
export { type OutputOptions, to } from "./dstream/to.ts"
export { topK, type TopKOptions } from "./dstream/topK.ts"
export { transform } from "./dstream/transform.ts"
export { transformEffect } from "./dstream/transformEffect.ts"
export { transformWith } from "./dstream/transformWith.ts"
export { union } from "./dstream/union.ts"
export { unionAll } from "./dstream/unionAll.ts"
export { type ItemWindowOptions, window } from "./dstream/window.ts"
export { updateStateByKey, type UpdateStateOptions } from "./dstream/updateStateByKey.ts"
export { updateStateByKeyPartition, type UpdatePartitionOptions } from "./dstream/updateStateByKeyPartition.ts"
export type { WindowBoundOptions, WindowKeyOptions, WindowOptions, WindowReduceOptions } from "./dstream/WindowOptions.ts"
export { toStream, type ToStreamOptions } from "./runtime/toStream.ts"
