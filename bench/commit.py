"""The yardstick of latency: bare durable SQLite commits at a steady rate, as a process.

``python -m bench.commit FILE PER_SECOND SECONDS BYTES`` commits one row of about ``BYTES`` at a time, in the same
kind of table and with the same durability as the journal, and prints the waits in seconds as a JSON list. A wait
counts from the moment at which the commit should have begun.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time


def measure(path: str, per_second: float, seconds: float, size: int) -> list[float]:
    """The waits."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, arrival INTEGER NOT NULL, kind TEXT NOT NULL, "
        "received_us INTEGER NOT NULL, body BLOB NOT NULL, digest BLOB NOT NULL) STRICT"
    )
    first = db.execute("SELECT coalesce(max(id), 0) + 1 FROM entries").fetchone()[0]
    body, digest = os.urandom(size), os.urandom(32)
    waits = []
    start = time.perf_counter() + 0.01
    for number in range(int(per_second * seconds)):
        due = start + number / per_second
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        id_ = first + number
        db.execute("INSERT INTO entries VALUES (?,?,?,?,?,?)", (id_, id_, "signal", 0, body, digest))
        waits.append(time.perf_counter() - due)
    db.close()
    return waits


def main() -> None:
    """Measure and print."""
    if len(sys.argv) != 5:
        sys.stderr.write(
            "usage: python -m bench.commit FILE PER_SECOND SECONDS BYTES\n"
            "example: python -m bench.commit /var/tmp/yardstick.db 1000 5 700\n"
        )
        sys.exit(2)
    path, per_second, seconds, size = sys.argv[1:]
    json.dump(measure(path, float(per_second), float(seconds), int(size)), sys.stdout)


if __name__ == "__main__":
    main()
