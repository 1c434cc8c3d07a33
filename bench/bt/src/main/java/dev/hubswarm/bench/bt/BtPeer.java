package dev.hubswarm.bench.bt;

import bt.Bt;
import bt.data.file.FileSystemStorage;
import bt.metainfo.IMetadataService;
import bt.metainfo.TorrentId;
import bt.net.InetPeer;
import bt.peer.IPeerRegistry;
import bt.runtime.BtRuntime;
import bt.runtime.Config;
import java.net.InetAddress;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/** A peer for bench/peers with the Java library bt (the arguments are SwarmPeer's, of one torrent). */
public final class BtPeer {
    private static final long LOOK_MILLIS = 50;

    private BtPeer() {}

    public static void main(String[] args) throws Exception {
        InetAddress here = InetAddress.getLoopbackAddress();
        Config config = new Config();
        config.setAcceptorAddress(here);
        config.setAcceptorPort(Integer.parseInt(args[1]));
        config.setNumOfHashingThreads(Runtime.getRuntime().availableProcessors());
        config.setMseDisabled(true);
        config.setPeerDiscoveryInterval(Duration.ofSeconds(1));
        BtRuntime runtime = BtRuntime.builder(config).build();
        URL torrent = Path.of(args[4]).toUri().toURL();
        TorrentId id = runtime.service(IMetadataService.class).fromUrl(torrent).getTorrentId();
        int[] peers = Arrays.stream(args[3].split(","))
                .filter(port -> !port.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
        CountDownLatch whole = new CountDownLatch(1);
        long begun = System.nanoTime();
        if (args[0].equals("get")) System.out.println("ready");
        Bt.client(runtime)
                .storage(new FileSystemStorage(Path.of(args[2])))
                .torrent(torrent)
                .build()
                .startAsync(
                        state -> {
                            // Whom it is told of before it has begun it forgets.
                            IPeerRegistry registry = runtime.service(IPeerRegistry.class);
                            if (state.getConnectedPeers().isEmpty())
                                for (int port : peers) registry.addPeer(id, InetPeer.build(here, port));
                            if (state.getPiecesRemaining() == 0) whole.countDown();
                        },
                        LOOK_MILLIS);
        whole.await();
        System.out.println(args[0].equals("get") ? (System.nanoTime() - begun) / 1e9 : "ready");
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
