package millrace;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.Optional;
import org.apache.spark.streaming.Duration;
import org.apache.spark.streaming.State;
import org.apache.spark.streaming.StateSpec;
import org.apache.spark.streaming.api.java.JavaDStream;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.apache.spark.streaming.scheduler.StreamingListener;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchStarted;
import org.apache.spark.streaming.scheduler.StreamingListenerBatchSubmitted;
import org.apache.spark.streaming.scheduler.StreamingListenerOutputOperationCompleted;
import org.apache.spark.streaming.scheduler.StreamingListenerOutputOperationStarted;
import org.apache.spark.streaming.scheduler.StreamingListenerReceiverError;
import org.apache.spark.streaming.scheduler.StreamingListenerReceiverStarted;
import org.apache.spark.streaming.scheduler.StreamingListenerReceiverStopped;
import org.apache.spark.streaming.scheduler.StreamingListenerStreamingStarted;
import scala.Tuple2;

/** Spark's side: `Beside WORKLOAD PORT`, then commands on standard input; a JSON line per batch on standard output. */
public final class Beside {
  private static final int PANES = 10;

  /** What a batch gave and when it was there, by batch time. Driver and tasks are one process, so outputs write here. */
  private static final Map<Long, long[]> RESULTS = new ConcurrentHashMap<>();

  public static void main(String[] args) throws Exception {
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("beside").set("spark.ui.enabled", "false");
    JavaSparkContext spark = new JavaSparkContext(conf);
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    JavaStreamingContext streaming = null;
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (streaming != null) streaming.stop(false, false);
      streaming = null;
      if (line.startsWith("start ")) {
        streaming = start(spark, args[0], Integer.parseInt(args[1]), Long.parseLong(line.substring(6)));
      }
      tell("{\"done\":\"" + line + "\"}");
    }
    Runtime.getRuntime().halt(0);
  }

  private static JavaStreamingContext start(JavaSparkContext spark, String workload, int port, long interval)
      throws Exception {
    // Spark's default, but at least two blocks a batch: a record waits for the end of its block.
    SparkEnv.get().conf().set("spark.streaming.blockInterval", Math.min(200, interval / 2) + "ms");
    RESULTS.clear();
    JavaStreamingContext streaming = new JavaStreamingContext(spark, new Duration(interval));
    JavaDStream<String> lines = streaming.socketTextStream("127.0.0.1", port);
    switch (workload) {
      case "words" -> words(lines);
      case "window" -> window(lines, interval);
      default -> {
        streaming.checkpoint(Files.createTempDirectory("beside-spark").toString());
        state(lines);
      }
    }
    streaming.addStreamingListener(new Listener());
    streaming.start();
    return streaming;
  }

  private static void words(JavaDStream<String> lines) {
    lines.flatMap(line -> Arrays.asList(line.split(" ")).iterator())
        .mapToPair(word -> new Tuple2<>(word, 1))
        .reduceByKey(Integer::sum)
        .foreachRDD((rdd, time) -> result(time.milliseconds(), sum(rdd.collect())));
  }

  private static void window(JavaDStream<String> lines, long interval) {
    lines.mapToPair(line -> new Tuple2<>(line.split(",")[0], 1))
        .reduceByKeyAndWindow(Integer::sum, new Duration(PANES * interval), new Duration(interval))
        .foreachRDD((rdd, time) -> result(time.milliseconds(), sum(rdd.collect())));
  }

  private static void state(JavaDStream<String> lines) {
    lines.mapToPair(Beside::amount)
        .mapWithState(StateSpec.function(Beside::total))
        .foreachRDD((rdd, time) -> result(time.milliseconds(), rdd.collect().size()));
  }

  private static Tuple2<String, Integer> amount(String line) {
    String[] fields = line.split(",");
    return new Tuple2<>(fields[0], Integer.parseInt(fields[1]));
  }

  private static Tuple2<String, Integer> total(String key, Optional<Integer> amount, State<Integer> state) {
    int total = (state.exists() ? state.get() : 0) + amount.orElse(0);
    state.update(total);
    return new Tuple2<>(key, total);
  }

  private static long sum(List<Tuple2<String, Integer>> pairs) {
    long sum = 0;
    for (Tuple2<String, Integer> pair : pairs) sum += pair._2();
    return sum;
  }

  private static void result(long time, long sum) {
    RESULTS.put(time, new long[] {System.currentTimeMillis(), sum});
  }

  private static synchronized void tell(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static final class Listener implements StreamingListener {
    @Override
    public void onBatchCompleted(StreamingListenerBatchCompleted event) {
      long time = event.batchInfo().batchTime().milliseconds();
      long[] result = RESULTS.remove(time);
      if (result == null) return;
      tell("{\"time\":" + time + ",\"records\":" + event.batchInfo().numRecords() + ",\"at\":" + result[0]
          + ",\"sum\":" + result[1] + "}");
    }

    @Override
    public void onStreamingStarted(StreamingListenerStreamingStarted event) {}

    @Override
    public void onReceiverStarted(StreamingListenerReceiverStarted event) {}

    @Override
    public void onReceiverError(StreamingListenerReceiverError event) {}

    @Override
    public void onReceiverStopped(StreamingListenerReceiverStopped event) {}

    @Override
    public void onBatchSubmitted(StreamingListenerBatchSubmitted event) {}

    @Override
    public void onBatchStarted(StreamingListenerBatchStarted event) {}

    @Override
    public void onOutputOperationStarted(StreamingListenerOutputOperationStarted event) {}

    @Override
    public void onOutputOperationCompleted(StreamingListenerOutputOperationCompleted event) {}
  }
}
