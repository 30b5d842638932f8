"""The hash chain over the journal.

Each entry's digest is SHA-256 over the digest before it, the entry's id, its arrival id and its body. The
first entry follows the *genesis*, 32 random bytes made with the journal. Whoever notes a head (id and
digest) elsewhere can later tell whether anything up to it was changed, removed or put in between. The
chain alone does not show that the *end* was cut off, nor does it bind somebody who can rewrite the whole
file and nobody has noted a head: it is evidence, not a lock.
"""

from __future__ import annotations

from hashlib import sha256


def link(before: bytes, id_: int, arrival: int, data: bytes) -> bytes:
    """The digest (32 bytes) of an entry that follows ``before``."""
    return sha256(b"%b%d.%d.%b" % (before, id_, arrival, data)).digest()
