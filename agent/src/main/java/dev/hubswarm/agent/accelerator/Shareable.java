package dev.hubswarm.agent.accelerator;

import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.FileStamp;
import java.util.concurrent.CompletableFuture;

/**
 * What is known of a file that was just fetched, so that it need not be read again to be shared. Immutable.
 *
 * @param stamp of the file when its digest had been found to be right
 * @param torrent the canonical one, all its hashes computed from what came; it may be late, fail, or never come
 */
public record Shareable(FileStamp stamp, CompletableFuture<Metainfo> torrent) {}
