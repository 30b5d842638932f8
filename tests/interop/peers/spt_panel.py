"""my-dc09-spt as a panel.

Reads one JSON object from its standard input: ``host``, ``port``, ``transport``, ``account``, ``key`` (hex or null),
``receiver`` and ``line`` (numbers or null), ``first`` (the first sequence number), ``offset_s`` (the error of its
clock), ``messages`` (pairs of type and parameters for ``send_msg``) and ``poll`` (whether to poll afterwards).
Prints one JSON object: ``errors``, what each message came to (null for acknowledged), and ``polls``, how many polls
were acknowledged.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from my_dc09_spt.dc09_spt import dc09_spt  # type: ignore[import-untyped]


def poll(panel: Any) -> int:
    """Poll until one poll is acknowledged."""
    panel.start_poll(3600, retry_delay=0.01)
    while panel.poll.is_alive() and not panel.state()["poll count"]:
        time.sleep(0.01)
    polls = int(panel.state()["poll count"])
    panel.stop_poll()
    return polls


def main() -> None:
    """Do as standard input says."""
    job = json.load(sys.stdin)
    panel = dc09_spt(job["account"], job["receiver"], job["line"])
    key = None if job["key"] is None else bytes.fromhex(job["key"])
    panel.set_path("main", "primary", job["host"], job["port"], key=key, type=job["transport"])
    panel.tpaths["main"]["primary"]["path"].set_offset(job["offset_s"])
    panel.msg_nr = job["first"] - 1
    errors: list[str | None] = []
    for kind, parameters in job["messages"]:
        try:
            panel.send_msg(kind, parameters)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
            break  # its sending thread is of no use after an error
        errors.append(None)
    polls = poll(panel) if job["poll"] else 0
    json.dump({"errors": errors, "polls": polls}, sys.stdout)


if __name__ == "__main__":
    main()
