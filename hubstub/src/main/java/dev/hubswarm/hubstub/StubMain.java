package dev.hubswarm.hubstub;

import dev.hubswarm.base.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Starts a stub from the command line and serves until it is killed. Confined to the main thread. */
public final class StubMain {
    static final String HELP = """
            Serves made-up Hugging Face repositories on loopback. The first line of output is HF_ENDPOINT=URL.

              hub-stub [OPTION...]

              --repo ID=FOLDER           the files of a folder; small text in git, the rest in Xet
              --repo ID:COUNTxSIZE,...   generated files, as in demo/big:1x1GiB; up to 1 MiB in git, larger in Xet
                                         ID may begin with datasets/, spaces/ or kernels/
              --port N, --cdn-port N     else free ones
              --host ADDRESS             of this machine, where both listen; else on loopback
              --rate SIZE                bytes per second and connection, as in 20MB
              --uplink SIZE              bytes per second from the CDN, over all connections
              --latency MILLIS           for every answer
              --token TOKEN              one that is valid
              --fault WHERE:KIND[=ARG][*TIMES]
                                         WHERE is any, or one of %s
                                         KIND is drop, fin=BYTES, rst=BYTES, stall=BYTES, length=DELTA, corrupt=OFFSET,
                                         start=DELTA, whole (200 to a range), status=CODE, retry=SECONDS (429), gzip,
                                         rate=SIZE, latency=MILLIS, redirect[=URL], expire (all links); without TIMES for ever
              --help
            """.formatted(List.of(Route.values()).toString().toLowerCase(Locale.ROOT));

    private static final long MOST_IN_GIT = 1 << 20;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(?:([kKMGT])(i?)B?|B)?");
    private static final Pattern GENERATED = Pattern.compile("(\\d{1,6})x(\\w+)");
    private static final Pattern FAULT = Pattern.compile("([\\w-]+):([a-z]+)(?:=([^*]*))?(?:\\*(\\d{1,9}))?");

    private StubMain() {}

    public static void main(String... args) throws InterruptedException {
        try {
            if (List.of(args).contains("--help")) {
                System.out.print(HELP);
                return;
            }
            HubStub hub = start(args);
            System.out.println("HF_ENDPOINT=" + hub.endpoint());
            System.out.println("CDN=" + hub.cdnEndpoint());
            new CountDownLatch(1).await();
        } catch (UserError e) {
            System.err.println("hub-stub: " + e.getMessage());
            System.exit(2);
        } catch (IOException e) {
            System.err.println("hub-stub: " + e);
            System.exit(1);
        }
    }

    static HubStub start(String... args) throws UserError, IOException {
        HubStub.Builder config = HubStub.builder().sumsOnly();
        Deque<StubRepo> repos = new ArrayDeque<>();
        Deque<String> faults = new ArrayDeque<>();
        int port = 0;
        int cdnPort = 0;
        Deque<String> left = new ArrayDeque<>(List.of(args));
        while (!left.isEmpty()) {
            String option = left.pop();
            String value = left.poll();
            if (value == null) throw usage(option + " has no value");
            switch (option) {
                case "--repo" -> repos.add(repo(value));
                case "--port" -> port = (int) number(value);
                case "--cdn-port" -> cdnPort = (int) number(value);
                case "--host" -> config.host(value);
                case "--rate" -> config.always(new Fault.Rate(size(value)));
                case "--uplink" -> config.uplink(size(value));
                case "--latency" -> config.always(new Fault.Latency(Duration.ofMillis(number(value))));
                case "--token" -> config.reader(value);
                case "--fault" -> faults.add(value);
                default -> throw usage(option + " is unknown");
            }
        }
        HubStub hub = config.ports(port, cdnPort).start();
        repos.forEach(hub::put);
        try {
            for (String fault : faults) inject(hub, fault);
        } catch (UserError e) {
            hub.close();
            throw e;
        }
        return hub;
    }

    private static StubRepo repo(String spec) throws UserError, IOException {
        int folder = spec.indexOf('=');
        int split = folder < 0 ? spec.lastIndexOf(':') : folder;
        if (split < 0) throw usage(spec + " is no repository");
        String id = spec.substring(0, split);
        StubRepo.Type type = StubRepo.Type.MODEL;
        for (StubRepo.Type other : StubRepo.Type.values()) {
            if (other != StubRepo.Type.MODEL && id.startsWith(other.prefix)) type = other;
        }
        StubRepo.Builder repo = StubRepo.of(type, id.substring(type.prefix.length()));
        if (folder >= 0) return repo.folder(Path.of(spec.substring(folder + 1))).build();
        int seed = 0;
        for (String part : spec.substring(split + 1).split(",", -1)) {
            Matcher files = GENERATED.matcher(part);
            if (!files.matches()) throw usage(part + " is not COUNTxSIZE");
            long size = size(files.group(2));
            StubFile.Storage storage = size <= MOST_IN_GIT ? StubFile.Storage.GIT : StubFile.Storage.XET;
            for (int i = 0; i < number(files.group(1)); i++) {
                String name = String.format(Locale.ROOT, "%s/%05d.bin", files.group(2), seed);
                repo.file(name, StubContent.generated(seed++, size), storage);
            }
        }
        return repo.build();
    }

    private static void inject(HubStub hub, String spec) throws UserError {
        Matcher parts = FAULT.matcher(spec);
        if (!parts.matches()) throw usage(spec + " is not WHERE:KIND[=ARG][*TIMES]");
        String where = parts.group(1).toUpperCase(Locale.ROOT).replace('-', '_');
        if (!where.equals("ANY")
                && List.of(Route.values()).stream()
                        .noneMatch(route -> route.name().equals(where))) {
            throw usage(parts.group(1) + " is no kind of request");
        }
        String argument = parts.group(3) == null ? "" : parts.group(3);
        int times = parts.group(4) == null ? Integer.MAX_VALUE : (int) number(parts.group(4));
        hub.inject(
                request -> where.equals("ANY") || request.route().name().equals(where),
                times,
                fault(parts.group(2), argument));
    }

    private static Fault fault(String kind, String argument) throws UserError {
        return switch (kind) {
            case "drop" -> new Fault.Drop();
            case "fin" -> new Fault.Cut(size(argument), Fault.Cut.How.FIN);
            case "rst" -> new Fault.Cut(size(argument), Fault.Cut.How.RST);
            case "stall" -> new Fault.Cut(size(argument), Fault.Cut.How.STALL);
            case "length" -> new Fault.WrongLength(number(argument));
            case "corrupt" -> new Fault.Corrupt(size(argument));
            case "start" -> new Fault.WrongRangeStart(number(argument));
            case "whole" -> new Fault.IgnoreRange();
            case "status" -> new Fault.Status((int) number(argument));
            case "retry" -> new Fault.Status(429, Map.of("Retry-After", Long.toString(number(argument))));
            case "gzip" -> new Fault.Gzip();
            case "rate" -> new Fault.Rate(size(argument));
            case "latency" -> new Fault.Latency(Duration.ofMillis(number(argument)));
            case "expire" -> new Fault.ExpireLinks();
            case "redirect" -> new Fault.Redirect(argument);
            default -> throw usage(kind + " is no kind of fault");
        };
    }

    private static long number(String text) throws UserError {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw usage("\"" + text + "\" is no number");
        }
    }

    private static long size(String text) throws UserError {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) throw usage("\"" + text + "\" is no size");
        String unit = size.group(2);
        long bytes = Long.parseLong(size.group(1));
        if (unit == null) return bytes;
        long step = size.group(3).isEmpty() ? 1000 : 1024;
        for (int power = "KMGT".indexOf(unit.toUpperCase(Locale.ROOT)); power >= 0; power--) bytes *= step;
        return bytes;
    }

    private static UserError usage(String what) {
        return new UserError(UserError.Kind.USAGE, what + ".", "See --help.");
    }
}
