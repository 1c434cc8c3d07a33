package dev.hubswarm.agent.control;

import dev.hubswarm.agent.control.TransferStatus.SourceShare;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.p2pengine.transfer.TransferSnapshot;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.seeder.SeedSnapshot;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/** An agent's status as programs read it. Stateless. */
final class StatusJson {
    private StatusJson() {}

    /** @param isOwner whether what others may not know may be told: which private files are being fetched */
    static byte[] of(AgentStatus status, boolean isOwner) {
        return JsonText.object(out -> {
            out.writeStringProperty("state", "up");
            out.writeStringProperty("version", status.version());
            out.writeNumberProperty("pid", status.pid());
            out.writeNumberProperty("uptime_seconds", status.up().toSeconds());
            if (isOwner) out.writeStringProperty("home", status.home().toString());
            InetSocketAddress proxy = status.proxy();
            if (proxy == null) out.writeNullProperty("proxy");
            else out.writeStringProperty("proxy", text(proxy));
            out.writeArrayPropertyStart("distrusting");
            for (String program : status.distrusting()) out.writeString(program);
            out.writeEndArray();
            out.writeNumberProperty("peer_port", status.peers().getPort());
            out.writeObjectPropertyStart("limits");
            out.writeNumberProperty("upload", status.uploadLimit());
            out.writeNumberProperty("download", status.downloadLimit());
            out.writeEndObject();
            InetSocketAddress own = status.ownTracker();
            if (own == null) out.writeNullProperty("own_tracker");
            else out.writeStringProperty("own_tracker", text(own));
            out.writeArrayPropertyStart("trackers");
            for (String tracker : status.trackers()) out.writeString(tracker);
            out.writeEndArray();
            out.writeArrayPropertyStart("transfers");
            for (TransferStatus transfer : status.transfers()) transfer(out, transfer, isOwner);
            out.writeEndArray();
            out.writeBooleanProperty("seeding", status.isSeeding());
            out.writeArrayPropertyStart("seeds");
            for (SeedSnapshot seed : status.seeds()) seed(out, seed, isOwner);
            out.writeEndArray();
        });
    }

    private static String text(InetSocketAddress address) {
        return PeerAddress.of(address.getAddress().getAddress(), address.getPort())
                .toString();
    }

    private static void seed(JsonGenerator out, SeedSnapshot seed, boolean isOwner) {
        out.writeStartObject();
        out.writeStringProperty("state", seed.state().name().toLowerCase(Locale.ROOT));
        if (isOwner || seed.state() != SeedSnapshot.State.NOT_PUBLIC) origin(out, seed);
        if (isOwner) out.writeStringProperty("file", seed.file().toString());
        out.writeNumberProperty("size", seed.size());
        out.writeNumberProperty("bytes_sent", seed.uploaded());
        out.writeNumberProperty("peers", seed.peers());
        out.writeNumberProperty("seeders", seed.seeders());
        out.writeEndObject();
    }

    private static void origin(JsonGenerator out, SeedSnapshot seed) {
        out.writeStringProperty("digest", seed.digest().hex());
        SeedDesk.infoHash(out, seed.infoHash());
        for (RemoteFile place :
                seed.origins().subList(0, Math.min(1, seed.origins().size()))) {
            out.writeStringProperty("repo_type", place.repo().type().word());
            out.writeStringProperty("repo_id", place.repo().id());
            out.writeStringProperty("commit", place.commit());
            out.writeStringProperty("path", place.path());
        }
    }

    private static void transfer(JsonGenerator out, TransferStatus transfer, boolean isOwner) {
        TransferSnapshot progress = transfer.progress();
        out.writeStartObject();
        if (isOwner || transfer.isPublic()) {
            out.writeStringProperty("repo", transfer.repo());
            out.writeStringProperty("path", transfer.path());
            out.writeStringProperty("digest", transfer.digest());
        }
        out.writeNumberProperty("size", transfer.size());
        out.writeNumberProperty("bytes", progress.bytesVerified());
        out.writeNumberProperty("bytes_from_hub", progress.bytesFromHub());
        out.writeNumberProperty("bytes_from_peers", progress.bytesFromOthers());
        out.writeNumberProperty("piece_length", progress.geometry().pieceLength());
        out.writeNumberProperty("piece_count", progress.geometry().pieceCount());
        out.writeStringProperty(
                "pieces", bits(progress.verified(), progress.geometry().pieceCount()));
        sources(out, transfer.sources());
        out.writeEndObject();
    }

    private static void sources(JsonGenerator out, List<SourceShare> sources) {
        out.writeArrayPropertyStart("sources");
        for (SourceShare source : sources) {
            out.writeStartObject();
            out.writeStringProperty("name", source.name());
            out.writeNumberProperty("bytes", source.bytes());
            out.writeNumberProperty("bytes_per_second", (long) source.bytesPerSecond());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    /** As in a bitfield message, the first piece's bit highest (BEP 3), in hex. */
    private static String bits(BitSet pieces, int count) {
        byte[] bytes = new byte[(count + 7) / 8];
        for (int piece = pieces.nextSetBit(0); piece >= 0; piece = pieces.nextSetBit(piece + 1))
            bytes[piece / 8] |= (byte) (0x80 >> piece % 8);
        return HexFormat.of().formatHex(bytes);
    }
}
