"""Downloads or seeds with libtorrent until it is stopped: TORRENT_OR_MAGNET FOLDER LISTEN_INTERFACES [SETTINGS_IN_JSON].

What it is told on its standard input it does: a line with HOST PORT is a peer to call, "pause" and "resume" are what they say.
"""
import json
import sys
import time

import libtorrent as lt

torrent, folder, interfaces = sys.argv[1:4]
settings = {
    # Until what is there was looked at, it would hang up on everybody.
    "listen_interfaces": "",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "allow_multiple_connections_per_ip": True,
}
settings.update(json.loads(sys.argv[4]) if len(sys.argv) > 4 else {})
limit = settings.pop("torrent_upload_limit", 0)
session = lt.session(settings)
if torrent.startswith("magnet:"):
    params = lt.parse_magnet_uri(torrent)
else:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(torrent)
params.save_path = folder
handle = session.add_torrent(params)
if limit:
    handle.set_upload_limit(limit)
while handle.status().state in (lt.torrent_status.checking_files, lt.torrent_status.checking_resume_data):
    time.sleep(0.02)
session.apply_settings({"listen_interfaces": interfaces})
while not session.is_listening():
    time.sleep(0.02)
# Trackers were told of no port.
handle.force_reannounce(0, -1, lt.reannounce_flags_t.ignore_min_interval)
for line in sys.stdin:
    words = line.split()
    if words == ["pause"]:
        handle.unset_flags(lt.torrent_flags.auto_managed)
        handle.pause()
    elif words == ["resume"]:
        handle.resume()
    else:
        handle.connect_peer((words[0], int(words[1])))
