"""What llmpt's client asks a tracker, in its order, with the library that it uses: TRACKER TORRENT REPO COMMIT PATH."""
import base64
import hashlib
import json
import sys
from urllib.parse import quote, urljoin

import requests

tracker, torrent, repo, commit, path = sys.argv[1:]
triple = {"repo_id": repo, "revision": commit, "repo_type": "model"}
content = open(torrent, "rb").read()
# The info dictionary is the value of the last key but one at the top: llmpt knows its hash from libtorrent.
import libtorrent as lt

hashes = lt.torrent_info(torrent).info_hashes()
info_hash, announce_key = str(hashes.v2), hashes.v2.to_bytes()[:20].hex()
steps = {}


def get(name, where, **parameters):
    answer = requests.get(urljoin(tracker, where), params=parameters, timeout=10)
    is_json = answer.headers["Content-Type"].startswith("application/json")
    steps[name] = {"status": answer.status_code, "body": answer.json() if is_json else None}
    return answer


def publish(name, **changes):
    body = {
        "repo_id": repo, "revision": commit, "repo_type": "model", "name": repo, "info_hash": info_hash,
        "announce_key": announce_key, "total_size": 1, "file_count": 1,
        "torrent_data": base64.b64encode(content).decode(), "piece_length": 262144, "files": [],
    } | changes
    answer = requests.post(urljoin(tracker, "/api/v1/publish"), json=body, timeout=10)
    steps[name] = {"status": answer.status_code, "body": answer.json()}


get("list before", "/api/v1/torrents", **triple)
get("torrent before", "/api/v1/torrents/torrent", **triple)
get("sources before", "/api/v1/file-sources", **triple, path=path)
publish("publish")
publish("publish again")
publish("publish another hash", info_hash="0" * 64)
get("list", "/api/v1/torrents", **triple)
fetched = get("torrent", "/api/v1/torrents/torrent", **triple).content
steps["torrent"]["same_info"] = str(lt.torrent_info(lt.bdecode(fetched)).info_hashes().v2) == info_hash
get("sources", "/api/v1/file-sources", **triple, path=path)
hashed = quote(bytes.fromhex(announce_key), safe="")
announced = requests.get(
    f"{tracker}/announce?info_hash={hashed}&peer_id=-LT2110-abcdefghijkl&port=6881&uploaded=0&downloaded=0"
    "&left=0&compact=1&event=started&numwant=50", timeout=10)
steps["announce"] = {"status": announced.status_code, "body": sorted(k.decode() for k in lt.bdecode(announced.content))}
get("list with a seeder", "/api/v1/torrents", **triple)
print(json.dumps(steps))
