"""Asks a UDP tracker for a connection id (BEP 15) until it answers from the address that was asked, once a second."""
import socket
import struct
import sys

source, target, port, tries = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.settimeout(1)
    asking.bind((source, 0))
    # From here on it hears nobody else.
    asking.connect((target, port))
    for i in range(tries):
        asking.send(struct.pack(">QII", 0x41727101980, 0, i))
        try:
            action, transaction, _ = struct.unpack(">IIQ", asking.recv(16))
            # It may be the answer to an earlier one, which took its time.
            sys.exit(0 if action == 0 and transaction <= i else 1)
        except socket.timeout:
            pass
sys.exit(1)
