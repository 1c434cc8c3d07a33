"""Makes a torrent with libtorrent's Python binding: libtorrent_create.py v1|hybrid PIECE_LENGTH FILE OUTPUT."""

import os
import sys
import warnings

import libtorrent as lt

warnings.simplefilter("ignore", DeprecationWarning)
version, piece_length, path, output = sys.argv[1:]
files = lt.file_storage()
lt.add_files(files, path)
flags = lt.create_torrent.v1_only if version == "v1" else 0
torrent = lt.create_torrent(files, piece_size=int(piece_length), flags=flags)
lt.set_piece_hashes(torrent, os.path.dirname(os.path.abspath(path)))
with open(output, "wb") as out:
    out.write(lt.bencode(torrent.generate()))
