package dev.hubswarm.agent.accelerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.proxy.ProxyConfig;
import dev.hubswarm.agent.proxy.ProxyParts;
import dev.hubswarm.agent.proxy.ProxyServer;
import dev.hubswarm.hub.cache.HubCache;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.OriginConfig;
import dev.hubswarm.hub.origin.ProxyRules;
import dev.hubswarm.hub.origin.RateBudget;
import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.storage.DiskSpace;
import dev.hubswarm.testkit.LeakCheck;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Peers whose file has one wrong byte, by a torrent that says it is the right one, and clients that break off and go on
 * as versions of huggingface_hub do (reliability.md S7): none ends with a wrong file.
 */
@ExtendWith(LeakCheck.class)
final class PoisonedClientsTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 3 * MIB + 17;
    /** Three hundred with {@code -Dhubswarm.long=true}. */
    private static final int RUNS = Boolean.getBoolean("hubswarm.long") ? 300 : 60;

    private static final int AT_A_TIME = 20;

    /** How a version goes on after it lost its connection (hub-protocol.md section 2). */
    private enum Client {
        /** 0.30: by the half file of the last run; a whole file, sent instead of the rest, is appended. */
        APPENDS,
        /** 0.36.2 and 1.5: the same, but begins anew when it is sent the whole. */
        STARTS_OVER,
        /** 1.20: within the run; what it has at its end is gone. */
        GOES_ON,
        /** hf_transfer and hf-hub: closed ranges of a tenth each, the last of which ends beyond the file. */
        TAKES_RANGES
    }

    @TempDir
    Path folder;

    @Test
    void nobodyEndsWithAWrongFile() throws Exception {
        try (HubStub hub = HubStub.builder().start();
                StubPeers peers = new StubPeers(folder)) {
            // Slower than the peers, so that these have something to say.
            hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(24 * MIB));
            Duration patience = Duration.ofSeconds(10);
            OriginConfig config = new OriginConfig(
                    URI.create(hub.endpoint()), null, ProxyRules.NONE, null, false, "test", patience, patience, 1);
            FetchQuota quota = new FetchQuota(0, folder.resolve("fetched"));
            HubCache cache = new HubCache(folder.resolve("hub"), Files.createDirectory(folder.resolve("resume")), true);
            List<StubContent> contents = new ArrayList<>();
            for (int run = 0; run < RUNS; run++) contents.add(poisoned(hub, peers, run));
            for (Mode mode : List.of(Mode.RACE, Mode.OFFLOAD)) {
                Random random = new Random(1);
                try (HubOrigin origin = new HubOrigin(config, new RateBudget(random), random);
                        Accelerator accelerator =
                                new Accelerator(origin, new Accelerator.Limits(4, 0), mode, peers.peers(), true);
                        ClientFetches fetches =
                                accelerator.clients(cache, DiskSpace.withReserve(0), quota, file -> {});
                        ProxyServer proxy = ProxyServer.start(
                                new ProxyConfig(
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), List.of(), null),
                                ProxyParts.of(folder, origin, cache, fetches, null))) {
                    runAll(mode, contents, "http://127.0.0.1:" + proxy.address().getPort());
                }
            }
            assertTrue(peers.questions() > 0, "nobody looked for peers");
            assertTrue(Files.size(folder.resolve("denied")) > 0, "no peer was heard");
        }
    }

    private static StubContent poisoned(HubStub hub, StubPeers peers, int run) throws Exception {
        StubContent content = StubContent.generated(1_000 + run, SIZE);
        byte[] wrong = content.bytes();
        int[] places = {0, SIZE / 2, SIZE - 1};
        wrong[places[run % places.length]] ^= 1;
        peers.list(content, peers.seedInsteadOf(content, wrong));
        hub.put(StubRepo.model("org/run" + run).xet("model.bin", content).build());
        return content;
    }

    /** Half of them in each mode. */
    private static void runAll(Mode mode, List<StubContent> contents, String proxy) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
        List<Future<?>> all = new ArrayList<>();
        for (int run = mode == Mode.RACE ? 0 : RUNS / 2; run < (mode == Mode.RACE ? RUNS / 2 : RUNS); run++) {
            int number = run;
            Client client = Client.values()[(run / 3) % Client.values().length];
            all.add(threads.submit(() -> {
                byte[] got =
                        download(client, proxy + "/org/run" + number + "/resolve/main/model.bin", new Random(number));
                assertTrue(
                        Arrays.equals(contents.get(number).bytes(), got),
                        () -> client + " has a wrong file, run " + number);
                return true;
            }));
        }
        threads.shutdown();
        for (Future<?> one : all) one.get(5, TimeUnit.MINUTES);
    }

    private static byte[] download(Client client, String url, Random random) throws IOException {
        if (client == Client.TAKES_RANGES) return ranges(url);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (int tries = 0; tries < 3 && file.size() < SIZE; tries++) {
            // The last has time enough.
            int most = tries == 2 ? SIZE : random.nextInt(SIZE);
            get(url, file.size() == 0 ? "" : "bytes=" + file.size() + "-", file, client != Client.APPENDS, most);
        }
        return file.toByteArray();
    }

    /** @param most bytes, then it breaks off */
    private static void get(String url, String range, ByteArrayOutputStream file, boolean startsOver, int most)
            throws IOException {
        HttpURLConnection asked = (HttpURLConnection) URI.create(url).toURL().openConnection();
        asked.setReadTimeout(10_000);
        if (!range.isEmpty()) asked.setRequestProperty("Range", range);
        int status = asked.getResponseCode();
        if (status == 200 && startsOver) file.reset();
        else assertEquals(range.isEmpty() ? 200 : 206, status, url);
        byte[] buffer = new byte[64 << 10];
        try (InputStream in = asked.getInputStream()) {
            for (int got = 0, count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                file.write(buffer, 0, count);
                got += count;
                if (got > most) break;
            }
        } finally {
            asked.disconnect();
        }
    }

    private static byte[] ranges(String url) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        int step = SIZE / 10;
        for (int from = 0; from < SIZE; from += step) {
            int end = Math.min(from + step - 1, SIZE);
            get(url, "bytes=" + from + "-" + end, file, false, SIZE);
        }
        return file.toByteArray();
    }
}
