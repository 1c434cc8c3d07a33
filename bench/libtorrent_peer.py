"""A peer for bench/peers with libtorrent's Python binding, as fast as it can be made (the arguments are SwarmPeer's)."""

import sys
import time
import warnings

import libtorrent as lt

warnings.simplefilter("ignore", DeprecationWarning)
role, port, folder, peers, *torrents = sys.argv[1:]
settings = lt.high_performance_seed()
settings.update({
    "listen_interfaces": f"127.0.0.1:{port}",
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "enable_outgoing_utp": False, "enable_incoming_utp": False, "in_enc_policy": 2, "out_enc_policy": 2,
    "allow_multiple_connections_per_ip": True, "choking_algorithm": 0, "unchoke_slots_limit": 64,
    "aio_threads": 4, "hashing_threads": 2, "max_out_request_queue": 1500, "send_buffer_watermark": 3 << 20,
    "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.storage_notification,
})
session = lt.session(settings)


def add(path):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(path)
    params.save_path = folder
    params.storage_mode = lt.storage_mode_t.storage_mode_allocate
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    if role == "seed":
        params.flags |= lt.torrent_flags.seed_mode
    torrent = session.add_torrent(params)
    for peer in filter(None, peers.split(",")):
        torrent.connect_peer(("127.0.0.1", int(peer)))
    return torrent


def await_alert(kind):
    while True:
        session.wait_for_alert(1000)
        if any(isinstance(alert, kind) for alert in session.pop_alerts()):
            return


def get(path):
    begun = time.monotonic()
    torrent = add(path)
    await_alert(lt.torrent_finished_alert)
    # What was verified may not have been written yet.
    torrent.flush_cache()
    await_alert(lt.cache_flushed_alert)
    return time.monotonic() - begun


if role == "seed":
    for torrent in torrents:
        add(torrent)
print("ready", flush=True)
if role == "get":
    for torrent in torrents:
        print(get(torrent), flush=True)
sys.stdin.read()
