"""Downloads or seeds a torrent with libtorrent until it is stopped: TORRENT FOLDER LISTEN_INTERFACES."""
import sys
import time

import libtorrent as lt

torrent, folder, interfaces = sys.argv[1:]
session = lt.session({
    "listen_interfaces": interfaces,
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
session.add_torrent(params)
time.sleep(300)
