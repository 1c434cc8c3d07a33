package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.Rewriting;
import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Dict;
import dev.hubswarm.protocol.testing.NaiveMerkle;
import dev.hubswarm.protocol.testing.PathCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * S34: a torrent that is accepted is consistent and safe, comes back equal when it is written again, and none costs
 * more than its size allows.
 */
public final class MetainfoFuzz {
    private MetainfoFuzz() {}

    /** A torrent as it is, or else a recipe for one. */
    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        check(data.length > 0 && data[0] == 'd' ? data : Mutant.of(data));
    }

    private static void check(byte[] bytes) throws Exception {
        Metainfo strict = read(bytes, true);
        Metainfo lenient = read(bytes, false);
        if (lenient == null) {
            expect(strict == null, "lenient accepts what strict does");
            return;
        }
        if (strict != null) {
            expectSame(strict, lenient);
            checkAgainstNaiveReader(bytes, strict);
        }
        checkHashes(lenient);
        checkFiles(lenient);
        checkPaths(lenient);
        checkRewriting(lenient);

        Hash digest = CanonicalTorrent.digestOf(lenient);
        expect(digest == null || digest.hex().equals(lenient.name()), "a canonical torrent is named by its digest");
        MagnetLink magnet = MagnetLink.of(lenient);
        if (magnet.toString().length() <= MagnetLink.MAX_LENGTH) {
            expect(MagnetLink.parse(magnet.toString()).equals(magnet), "the magnet link leads back");
        }
    }

    private static @Nullable Metainfo read(byte[] bytes, boolean strictly) throws Exception {
        @Nullable Metainfo[] read = new Metainfo[1];
        Limits.check(bytes.length, () -> {
            try {
                read[0] = strictly ? Metainfo.readStrictly(bytes) : Metainfo.read(bytes);
            } catch (MetainfoException e) {
                // Refused.
            }
        });
        return read[0];
    }

    private static void checkAgainstNaiveReader(byte[] bytes, Metainfo torrent) throws Bencoding.NotCanonical {
        Dict info = ((Dict) Bencoding.decode(bytes)).dict("info");
        expect(Arrays.equals(Bencoding.encode(info), info(torrent)), "info is the value of that key");
        expect(Arrays.equals(info.string("name"), Bencoding.bytes(torrent.name())), "the name is that of info");
        List<NaiveFile> found = new ArrayList<>();
        for (FileEntry file : torrent.files()) {
            if (!file.padding()) found.add(new NaiveFile(file.path(), file.length(), file.offset()));
        }
        if (info.find("file tree") != null) {
            expect(found.equals(naiveTree(info, torrent.pieceLength())), "the files are those of the tree");
        }
        if (info.find("files") != null) {
            List<NaiveFile> listed = naiveList(info);
            // Where an empty file stands is nowhere in the data, and clients differ about it.
            if (torrent.version().hasV2()) {
                listed.replaceAll(NaiveFile::withoutOffsetIfEmpty);
                found.replaceAll(NaiveFile::withoutOffsetIfEmpty);
            }
            expect(found.equals(listed), "the files are those of the list");
        } else if (torrent.version().hasV1()) {
            expect(
                    found.equals(List.of(new NaiveFile(List.of(torrent.name()), (long) info.get("length"), 0))),
                    "the file");
        }
    }

    private record NaiveFile(List<String> path, long length, long offset) {
        NaiveFile withoutOffsetIfEmpty() {
            return length > 0 ? this : new NaiveFile(path, 0, 0);
        }
    }

    private static List<NaiveFile> naiveList(Dict info) {
        List<NaiveFile> files = new ArrayList<>();
        long end = 0;
        for (Object element : info.list("files")) {
            Dict file = (Dict) element;
            long length = (long) file.get("length");
            boolean padding = file.find("attr") instanceof byte[] attr
                    && Bencoding.text(attr).contains("p");
            if (!padding) {
                List<String> path = new ArrayList<>();
                for (Object name : file.list("path")) path.add(Bencoding.text((byte[]) name));
                files.add(new NaiveFile(path, length, end));
            }
            end += length;
        }
        return files;
    }

    private static List<NaiveFile> naiveTree(Dict info, long pieceLength) {
        List<NaiveFile> files = new ArrayList<>();
        addNaiveTree(info.dict("file tree"), List.of(), pieceLength, files);
        return files;
    }

    private static void addNaiveTree(Dict folder, List<String> path, long pieceLength, List<NaiveFile> files) {
        for (Dict.Entry entry : folder.entries()) {
            Dict value = (Dict) entry.value;
            if (entry.key.length > 0) {
                List<String> below = new ArrayList<>(path);
                below.add(Bencoding.text(entry.key));
                addNaiveTree(value, below, pieceLength, files);
                continue;
            }
            long length = (long) value.get("length");
            NaiveFile last = files.isEmpty() ? new NaiveFile(path, 0, 0) : files.get(files.size() - 1);
            long offset = last.offset + last.length;
            while (length > 0 && offset % pieceLength != 0) offset += pieceLength - offset % pieceLength;
            files.add(new NaiveFile(path, length, offset));
        }
    }

    private static void checkHashes(Metainfo torrent) throws Bencoding.NotCanonical {
        byte[] info = info(torrent);
        Hash v1 = torrent.version().hasV1() ? Hash.of(NaiveMerkle.sha1(info)) : null;
        Hash v2 = torrent.version().hasV2() ? Hash.of(NaiveMerkle.sha256(info)) : null;
        expect(torrent.infoHash().equals(new InfoHash(v1, v2)), "the info hash is that of info");
        expect(torrent.infoHash().equals(InfoHash.of(info, torrent.version())), "InfoHash agrees");
        // Throws if it is not.
        if (torrent.version().hasV2()) Bencoding.decode(info);
    }

    private static void checkFiles(Metainfo torrent) {
        long pieceLength = torrent.pieceLength();
        long end = 0;
        long payload = 0;
        int count = 0;
        boolean v2 = torrent.version().hasV2();
        for (FileEntry file : torrent.files()) {
            expect(file.length() >= 0 && file.offset() == end, "files follow each other without a gap");
            end += file.length();
            expect(!v2 || !file.padding() || file.piecesRoot() == null, "padding has no root");
            if (file.padding()) continue;
            payload += file.length();
            count++;
            expect(
                    (file.piecesRoot() != null) == (v2 && file.length() > 0),
                    "in v2 files have roots if they have bytes");
            if (v2) checkTree(torrent, file);
        }
        expect(payload == torrent.payloadSize(), "the payload is the sum of the files");
        expect(count == torrent.fileCount() && count > 0, "the files are counted");
        expect(end == torrent.spaceSize(), "the space ends with the last file");
        expect(!torrent.isSingleFile() || count == 1, "a single file is one");
        expect((end + pieceLength - 1) / pieceLength == torrent.pieceCount(), "the pieces cover the space");
        if (!torrent.version().hasV1()) return;
        expect(torrent.v1Pieces().remaining() == 20 * torrent.pieceCount(), "each piece has a hash");
        for (int i = 0; i < torrent.pieceCount(); i++) {
            byte[] hash = new byte[20];
            torrent.v1Pieces().get(20 * i, hash);
            expect(Arrays.equals(hash, torrent.v1Piece(i).bytes()), "and that is it");
        }
    }

    private static void checkTree(Metainfo torrent, FileEntry file) {
        byte[] layer = torrent.v2Pieces(file);
        long pieces = (file.length() + torrent.pieceLength() - 1) / torrent.pieceLength();
        expect(layer.length == 32 * pieces, "a file has a v2 hash for each piece");
        if (pieces == 0) return;
        expect(file.offset() % torrent.pieceLength() == 0, "a file with bytes begins a piece");
        byte[] root = NaiveMerkle.rootOfLayer(layer, torrent.pieceLength());
        Hash stated = file.piecesRoot();
        expect(stated != null && Arrays.equals(root, stated.bytes()), "the layer hashes up to the root");
    }

    private static void checkPaths(Metainfo torrent) {
        Set<List<String>> seen = new HashSet<>();
        for (FileEntry file : torrent.files()) {
            if (file.padding()) continue;
            List<String> path = new ArrayList<>(file.path());
            if (torrent.isSingleFile()) expect(path.equals(List.of(torrent.name())), "a single file has the name");
            else path.add(0, torrent.name());
            String fault = PathCheck.fault(path);
            expect(fault == null, path + ": " + fault);
            expect(seen.add(file.path()), "no path stands twice");
        }
        for (FileEntry file : torrent.files()) {
            for (int i = 1; i < file.path().size() && !file.padding(); i++) {
                expect(!seen.contains(file.path().subList(0, i)), "no file is a folder");
            }
        }
    }

    private static void checkRewriting(Metainfo torrent) throws MetainfoException {
        byte[] written = Rewriting.torrent(torrent);
        Metainfo again = Metainfo.readStrictly(written);
        expectSame(torrent, again, Arrays.equals(info(torrent), info(again)));
        expect(Arrays.equals(written, Rewriting.torrent(again)), "what was written is written so again");
    }

    private static void expectSame(Metainfo a, Metainfo b) {
        expectSame(a, b, true);
    }

    private static void expectSame(Metainfo a, Metainfo b, boolean sameInfo) {
        expect(a.version() == b.version() && a.pieceLength() == b.pieceLength(), "the same kind");
        expect(a.name().equals(b.name()) && a.isSingleFile() == b.isSingleFile(), "the same name");
        expect(a.isPrivate() == b.isPrivate(), "as private");
        expect(a.files().equals(b.files()), "the same files");
        expect(a.payloadSize() == b.payloadSize() && a.spaceSize() == b.spaceSize(), "the same size");
        expect(a.pieceCount() == b.pieceCount() && a.fileCount() == b.fileCount(), "the same numbers");
        expect(a.extras().equals(b.extras()), "the same hints");
        expect(a.infoHash().equals(b.infoHash()) == sameInfo, "the same info hash if the same info");
        if (a.version().hasV1()) expect(a.v1Pieces().equals(b.v1Pieces()), "the same pieces");
        if (!a.version().hasV2()) return;
        for (FileEntry file : a.files()) {
            expect(Arrays.equals(a.v2Pieces(file), b.v2Pieces(file)), "the same piece layers");
        }
    }

    private static byte[] info(Metainfo torrent) {
        byte[] info = new byte[torrent.info().remaining()];
        torrent.info().get(info);
        return info;
    }

    private static void expect(boolean ok, String rule) {
        if (!ok) throw new AssertionError("broken: " + rule);
    }
}
