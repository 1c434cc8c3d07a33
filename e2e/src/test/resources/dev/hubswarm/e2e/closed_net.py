"""Inside a network namespace: leads local ports out of it, asks what it is told to, and sees every packet.

Arguments: a folder with a Unix socket for each port that is led out, named like the port; then the addresses on which
those ports are opened here. Reads a JSON object a line and answers each with one:
  {"url": ..., "method": ..., "headers": {...}, "body": ..., "read": N}
                           asks, and answers with status, size and sha256 of the body, which is read up to N
  {"allow": [PORT, ...]}   whose packets are none of the others from now on
  {"others": true}         all packets since the last time that were neither from nor to an allowed port, counted
"""
import collections
import hashlib
import http.client
import json
import os
import socket
import struct
import sys
import threading
import urllib.parse

allowed = set()
others = collections.Counter()
lock = threading.Lock()


def pump(source, target):
    try:
        while True:
            data = source.recv(1 << 18)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def lead_out(server, path):
    while True:
        inner, _ = server.accept()
        outer = socket.socket(socket.AF_UNIX)
        try:
            outer.connect(path)
        except OSError:
            inner.close()
            continue
        for ends in ((inner, outer), (outer, inner)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def describe(frame, kind):
    """Protocol, where to, and both ports; whatever is neither TCP nor UDP is an other."""
    if kind == 0x0800 and len(frame) >= 20:
        protocol, start, to = frame[9], (frame[0] & 15) * 4, socket.inet_ntop(socket.AF_INET, frame[16:20])
    elif kind == 0x86DD and len(frame) >= 40:
        protocol, start, to = frame[6], 40, socket.inet_ntop(socket.AF_INET6, frame[24:40])
    else:
        return f"frame {kind:#x}", ()
    if protocol not in (6, 17) or len(frame) < start + 4:
        return f"protocol {protocol} to {to}", ()
    ports = struct.unpack("!HH", frame[start:start + 4])
    return f"{'tcp' if protocol == 6 else 'udp'} to {to}:{ports[1]}", ports


def capture(sniffer):
    while True:
        frame, (_, kind, direction, _, _) = sniffer.recvfrom(256)
        # On loopback each packet is seen as it leaves, and as it comes.
        if direction != socket.PACKET_OUTGOING:
            continue
        what, ports = describe(frame, kind)
        with lock:
            if not allowed.intersection(ports):
                others[what] += 1


def ask(order):
    url = urllib.parse.urlsplit(order["url"])
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    try:
        target = url.path + ("?" + url.query if url.query else "")
        connection.request(order.get("method", "GET"), target, order.get("body"), order.get("headers", {}))
        answer = connection.getresponse()
        body = answer.read(order["read"]) if "read" in order else answer.read()
        return {"status": answer.status, "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    except (OSError, http.client.HTTPException) as e:
        return {"status": 0, "size": 0, "sha256": "", "why": repr(e)}
    finally:
        connection.close()


def main():
    folder, *addresses = sys.argv[1:]
    for port in os.listdir(folder):
        allowed.add(int(port))
        for address in addresses:
            server = socket.create_server((address, int(port)))
            threading.Thread(target=lead_out, args=(server, f"{folder}/{port}"), daemon=True).start()
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    sniffer.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    threading.Thread(target=capture, args=(sniffer,), daemon=True).start()
    print("{}", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "url" in order:
            answer = ask(order)
        elif "allow" in order:
            with lock:
                allowed.update(order["allow"])
            answer = {}
        else:
            with lock:
                answer = dict(others)
                others.clear()
            lost = struct.unpack("II", sniffer.getsockopt(263, 6, 8))[1]  # SOL_PACKET, PACKET_STATISTICS
            if lost:
                answer["packets that were missed"] = lost
        print(json.dumps(answer), flush=True)


main()
