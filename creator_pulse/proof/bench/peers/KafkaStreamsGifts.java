import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * Kafka Streams as its documentation shows it: a windowed aggregate in RocksDB, exactly once (v2), a
 * commit each second, one thread. Arguments and result as in marks.py.
 */
public final class KafkaStreamsGifts {
    @JsonIgnoreProperties(ignoreUnknown = true)
    static final class Gift {
        @JsonProperty("coins")
        public long coins;
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader GIFT = JSON.readerFor(Gift.class);
    private static final CountDownLatch DONE = new CountDownLatch(1);
    private static final Map<Integer, Long> READ = new HashMap<>();
    private static final Map<List<Object>, Long> SUMS = new HashMap<>();
    private static Map<String, Double> first;
    private static Map<String, Double> last;
    private static long count;

    /** Counts records by partition, and says when the last one is through. */
    static final class Count implements FixedKeyProcessor<String, byte[], Long> {
        private final long wanted;
        private FixedKeyProcessorContext<String, Long> context;

        Count(long wanted) {
            this.wanted = wanted;
        }

        @Override
        public void init(FixedKeyProcessorContext<String, Long> given) {
            context = given;
        }

        @Override
        public void process(FixedKeyRecord<String, byte[]> record) {
            if (first == null) {
                first = now();
            }
            READ.merge(context.taskId().partition(), 1L, Long::sum);
            try {
                Gift gift = GIFT.readValue(record.value());
                context.forward(record.withValue(gift.coins));
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
            if (++count == wanted) {
                last = now();
                DONE.countDown();
            }
        }
    }

    static Map<String, Double> now() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return Map.of("at", System.nanoTime() / 1e9, "cpu", system.getProcessCpuTime() / 1e9);
    }

    static double peakMb() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e6;
            }
        }
        throw new IOException("the kernel does not tell the memory used");
    }

    static Properties settings(String kafka, Path folder) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, folder.getFileName().toString());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return settings;
    }

    public static void main(String[] words) throws Exception {
        String kafka = words[0];
        String topic = words[1];
        long records = Long.parseLong(words[2]);
        Path folder = Path.of(words[4]);
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(topic, Consumed.with(Serdes.String(), Serdes.ByteArray()))
                .processValues(() -> new Count(records))
                .groupByKey(Grouped.with(Serdes.String(), Serdes.Long()))
                .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofSeconds(10)))
                .aggregate(() -> 0L, (key, coins, sum) -> sum + coins, Materialized.with(Serdes.String(), Serdes.Long()))
                .toStream()
                .foreach((key, sum) -> SUMS.put(List.of(key.key(), key.window().start()), sum));
        KafkaStreams streams = new KafkaStreams(builder.build(), settings(kafka, folder));
        streams.start();
        DONE.await();
        streams.close();
        List<List<Object>> rows = new ArrayList<>();
        SUMS.forEach((key, sum) -> {
            if (!key.get(0).equals("-")) {
                rows.add(List.of(key.get(0), key.get(1), sum));
            }
        });
        Map<String, Object> result =
                Map.of("first", first, "last", last, "peak_mb", peakMb(), "read", READ, "sums", rows);
        Path half = folder.resolve("result.part");
        JSON.writeValue(half.toFile(), result);
        Files.move(half, folder.resolve("result.json"));
    }
}
