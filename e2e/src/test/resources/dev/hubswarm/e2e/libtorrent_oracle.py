"""What libtorrent makes of the same input.

Reads one request per line from standard input and answers each with one line, both JSON. A request that libtorrent
refuses is answered with {"refused": why}.

  create  path, piece_length, version, files   a torrent of its own. With "files", [[path, size], ...] relative to the
                                               folder around "path", in that order; else it lists the folder itself.
  load    torrent                              what it reads in a torrent of ours
  check   torrent, folder                      which pieces of the files in that folder are bad
"""

import base64
import json
import os
import sys

import libtorrent as lt

VERSIONS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}


def create(path, piece_length, version, files=None):
    storage = lt.file_storage()
    if files is None:
        lt.add_files(storage, path)
    else:
        for name, size in files:
            storage.add_file(name, size)
    creator = lt.create_torrent(storage, piece_size=piece_length, flags=VERSIONS[version])
    lt.set_piece_hashes(creator, os.path.dirname(path))
    torrent = creator.generate()
    layers = {root.hex(): layer.hex() for root, layer in torrent.get(b"piece layers", {}).items()}
    # A torrent that contradicts itself is loaded by nobody, so its hashes are taken here, without loading it.
    info = lt.bencode(torrent[b"info"])
    return {"torrent": encode(lt.bencode(torrent)), "info": encode(info), "layers": layers}


def load(torrent):
    info = lt.load_torrent_buffer(base64.b64decode(torrent)).ti
    hashes = info.info_hashes()
    storage = info.files()
    files = [
        {"path": storage.file_path(i), "size": storage.file_size(i), "root": hex_or_none(storage.root(i))}
        for i in range(storage.num_files())
        if not storage.file_flags(i) & lt.file_storage.flag_pad_file
    ]
    return {
        "info_hash_v1": str(hashes.v1) if hashes.has_v1() else None,
        "info_hash_v2": str(hashes.v2) if hashes.has_v2() else None,
        "files": files,
    }


def check(torrent, folder):
    offline = {
        "listen_interfaces": "",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "alert_mask": lt.alert.category_t.all_categories,
    }
    session = lt.session(offline)
    params = lt.load_torrent_buffer(base64.b64decode(torrent))
    params.save_path = folder
    # It checks, and then neither makes missing files nor mends bad ones.
    params.flags = lt.torrent_flags.stop_when_ready | lt.torrent_flags.upload_mode
    handle = session.add_torrent(params)
    while True:
        if not session.wait_for_alert(60_000):
            return {"refused": "the check did not end"}
        for alert in session.pop_alerts():
            if isinstance(alert, lt.torrent_checked_alert):
                pieces = handle.status(lt.torrent_handle.query_pieces).pieces
                return {"bad_pieces": [i for i, good in enumerate(pieces) if not good]}
            if isinstance(alert, lt.torrent_error_alert):
                return {"refused": alert.message()}


def hex_or_none(root):
    text = str(root)
    return None if text == "0" * len(text) else text


def encode(data):
    return base64.b64encode(data).decode("ascii")


def main():
    operations = {"create": create, "load": load, "check": check}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = operations[request.pop("op")](**request)
        except RuntimeError as refused:
            answer = {"refused": str(refused)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
