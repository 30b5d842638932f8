"""A reader of the live stream, as a process: ``python -m bench.reader SOCKET``.

Prints ``ready`` when the stream has begun, and when it is told to stop how many entries it got.
"""

from __future__ import annotations

import signal
import socket
import sys

MARK = b"\nevent: entry\n"


def main() -> None:
    """Read until SIGTERM."""
    if len(sys.argv) != 2 or sys.argv[1] == "--help":
        sys.stderr.write("usage: python -m bench.reader SOCKET\nexample: python -m bench.reader station/ptsn.sock\n")
        sys.exit(2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(sys.argv[1])
    # HTTP/1.0: the stream comes as it is, not in chunks.
    stream.sendall(b"GET /v1/events HTTP/1.0\r\nHost: station\r\n\r\n")
    head = stream.recv(65536)
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        sys.exit(f"the station answered {head[:200]!r}")

    def stop(*_: object) -> None:
        stream.shutdown(socket.SHUT_RDWR)  # recv() then gives b""

    signal.signal(signal.SIGTERM, stop)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    count, rest = 0, b""
    while True:
        data = stream.recv(262144)
        if not data:
            break
        data = rest + data
        count += data.count(MARK)
        rest = data[-len(MARK) + 1 :]
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main()
