"""What llmpt's client asks a tracker, in its order, with the libraries that it uses: TRACKER TORRENT REPO COMMIT PATH.

The files are beside the torrent, in a folder that is called as the commit.
"""
import base64
import json
import os
import sys
import time
from urllib.parse import urljoin

import libtorrent as lt
import requests

tracker, torrent, repo, commit, path = sys.argv[1:]
triple = {"repo_id": repo, "revision": commit, "repo_type": "model"}
# Its own torrents have more than ours at the top.
made = lt.bdecode(open(torrent, "rb").read()) | {
    b"announce": f"{tracker}/announce".encode(), b"comment": f"Created by llmpt for {commit}".encode(),
    b"created by": b"llmpt-client", b"creation date": 1774051200}
info = lt.torrent_info(made)
files = [{"path": "/".join(file.path.split("/")[1:]), "size": file.size}
         for file in map(info.files().at, range(info.num_files()))
         if not file.pad_file]
# One connection for all questions.
session = requests.Session()
steps = {}


def get(name, where, **parameters):
    answer = session.get(urljoin(tracker, where), params=parameters, timeout=10)
    is_json = answer.headers["Content-Type"].startswith("application/json")
    steps[name] = {"status": answer.status_code, "body": answer.json() if is_json else None}
    return answer


def publish(name, **changes):
    body = {
        "repo_id": repo, "revision": commit, "repo_type": "model", "name": repo,
        "info_hash": str(info.info_hashes().v2), "total_size": sum(file["size"] for file in files),
        "file_count": len(files), "piece_length": info.piece_length(),
        "torrent_data": base64.b64encode(lt.bencode(made)).decode(), "files": files,
        "announce_key": str(info.info_hashes().v2)[:40],
    } | changes
    answer = session.post(urljoin(tracker, "/api/v1/publish"), json=body, timeout=10)
    steps[name] = {"status": answer.status_code, "body": answer.json()}


def announce(fetched):
    """As its own seeder: where the torrent says that came from the tracker."""
    swarm = lt.session({"listen_interfaces": "127.0.0.1:0", "enable_dht": False, "enable_lsd": False,
                        "enable_upnp": False, "enable_natpmp": False,
                        "alert_mask": lt.alert.category_t.tracker_notification})
    params = lt.add_torrent_params()
    params.ti, params.save_path = lt.torrent_info(lt.bdecode(fetched)), os.path.dirname(torrent)
    params.flags |= lt.torrent_flags.seed_mode
    handle = swarm.add_torrent(params)
    handle.unset_flags(lt.torrent_flags.auto_managed)
    handle.resume()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        swarm.wait_for_alert(500)
        for alert in swarm.pop_alerts():
            if isinstance(alert, (lt.tracker_reply_alert, lt.tracker_error_alert)):
                steps["announce"] = {"url": alert.url, "answered": isinstance(alert, lt.tracker_reply_alert)}
                return swarm
    return swarm


get("list before", "/api/v1/torrents", **triple)
get("torrent before", "/api/v1/torrents/torrent", **triple)
get("sources before", "/api/v1/file-sources", **triple, path=path)
publish("publish")
publish("publish again")
publish("publish another hash", info_hash="0" * 64)
get("list", "/api/v1/torrents", **triple)
get("list of all revisions", "/api/v1/torrents", repo_id=repo, repo_type="model")
fetched = get("torrent", "/api/v1/torrents/torrent", **triple).content
steps["torrent"]["same_info"] = lt.torrent_info(lt.bdecode(fetched)).info_hashes() == info.info_hashes()
get("sources", "/api/v1/file-sources", **triple, path=path)
alive = announce(fetched)
get("list with a seeder", "/api/v1/torrents", **triple)
get("sources with a seeder", "/api/v1/file-sources", **triple, path=path)
print(json.dumps(steps))
