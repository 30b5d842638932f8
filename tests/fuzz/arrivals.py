"""What must hold of one arrival: its header, its accounts, and what was believed of its encryption."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import msgspec

from protocols.dc09 import editions
from protocols.model import Arrival, ArrivalKind, Protection
from tests.fuzz import reference
from tests.fuzz.case import Case, Wrong
from tests.fuzz.feeding import feed

_OF_EVENTS = re.compile(rb"\]\[[HITV]")
"""Extended data that only an event can have: when, which text, what triggered it, which picture."""


def check(case: Case, found: reference.Found, item: Arrival, stats: Counter[str]) -> None:
    """Raise :class:`Wrong` for what must not be."""
    stats[f"{item.kind.value}{'' if item.protection is Protection.NONE else ' ' + item.protection.value}"] += 1
    _header(found, item)
    _accounts(found, item)
    limit = 64
    if len(item.signals) > limit or len(item.findings) > 200:
        raise Wrong("too-many", (len(item.signals), len(item.findings)))
    if max(Counter(finding.id for finding in item.findings).values(), default=0) > 1:
        raise Wrong("finding-twice", item.findings)
    msgspec.json.encode(item.signals)  # what cannot be encoded could not be stored
    editions.least(item)
    for finding in item.findings:
        if finding.offset is not None and not 0 <= finding.offset <= finding.offset + finding.length <= len(item.raw):
            raise Wrong("finding-outside", (finding, len(item.raw)))
    if bool(item.signals) != (item.kind is ArrivalKind.EVENT):
        raise Wrong("kind", item)
    if item.protection is Protection.NONE:
        if found.secret and item.kind is not ArrivalKind.MALFORMED:
            raise Wrong("encrypted-taken-for-plain", item)
        if item.plain or item.key_owner or (item.identity is not None and item.identity.seal):
            raise Wrong("plain-with-a-key", item)
    elif not found.body.startswith(b'"*'):
        raise Wrong("plain-taken-for-encrypted", item)
    if item.protection is Protection.FAILED and item.signals:
        raise Wrong("signals-without-a-key", item)
    if item.protection is Protection.KEYED:
        _keyed(case, found, item, stats)


def _header(found: reference.Found, item: Arrival) -> None:
    """A conforming header is read as it stands."""
    strict = reference.header(found.body)
    if strict is None or strict.token == "NAK":
        return
    got = (item.token, item.sequence, item.receiver, item.prefix, item.account)
    wanted = (strict.token, strict.sequence, strict.receiver, strict.prefix, strict.account)
    if got != wanted:
        raise Wrong("header-misread", f"{got} / {wanted}")


def _accounts(found: reference.Found, item: Arrival) -> None:
    """Every account named is in the bytes, whole and in its place."""
    head, _, rest = found.body[found.body.find(b'"', 1) + 1 :].partition(b"[")
    if item.account and not re.search(b"[#A]" + re.escape(item.account.encode()) + rb"(?![0-9A-Za-z])", head):
        raise Wrong("account-not-in-header", item)
    inside = item.plain if item.protection is Protection.KEYED else rest
    if item.inner and not re.match(rb"(?:[^\]]*\|)?#?" + re.escape(item.inner.encode()) + rb"(?![0-9A-Za-z])", inside):
        raise Wrong("account-not-inside", item)
    own = {item.account, item.inner} - {""}
    zeros = re.match(rb"#?(0+)(?:\||\])", inside)
    if zeros:
        own.add(zeros[1].decode())
    for signal in item.signals:
        if signal.account not in (own or {""}):
            raise Wrong("signal-of-another-account", (signal.account, sorted(own)))


# --- encryption ------------------------------------------------------------------------------------------------------


def _keyed(case: Case, found: reference.Found, item: Arrival, stats: Counter[str]) -> None:
    """What is said to be decrypted is the decryption of these very blocks, and nothing more was believed of them.

    CBC proves nothing: whoever changes cipher block n turns block n of the text into rubbish and flips the bits he
    likes in block n + 1; leading blocks can be left out; token and header stand outside. So a changed frame may
    be read, and differently. What must hold: content that is equal means the same, and the seal of what ends in
    the same two blocks is the same, so that a copy dressed up as something else is known for a copy.
    """
    secret = found.cipher
    if secret is None:
        raise Wrong("keyed-without-cipher", item)
    key = bytes.fromhex(case.keys[int(item.key_owner.removeprefix("key "))])
    plain = reference.decrypt(key, secret)
    at = plain.rfind(item.plain) if item.plain else -1
    behind = plain[at + len(item.plain) :] if at >= 0 else b"?"
    if item.kind is not ArrivalKind.MALFORMED and at < 0:
        raise Wrong("plain-not-decrypted", item)
    if at >= 0 and behind.strip(b"\0") and behind != bytes([behind[-1]]) * len(behind):
        raise Wrong("plain-not-at-the-end", (item, behind))
    for origin, secret_, arrival in _origins(case.origins, case.keys, case.edition, case.time_zone):
        if arrival.protection is Protection.KEYED and arrival.key_owner == item.key_owner:
            _against(origin, secret_, arrival, secret, item, stats)


def _against(
    origin: bytes, its_secret: bytes, arrival: Arrival, secret: bytes, item: Arrival, stats: Counter[str]
) -> None:
    """``item``, which has the blocks ``secret``, held against a right frame under the same key."""
    sealed_alike = its_secret[-32:] == secret[-32:]
    same_head = (arrival.token, arrival.account) == (item.token, item.account)
    if same_head and arrival.plain == item.plain and arrival.kind is not ArrivalKind.MALFORMED:
        if (arrival.kind, arrival.signals) != (item.kind, item.signals):
            raise Wrong("same-content-read-differently", (origin, item))
    elif sealed_alike:
        stats["altered frame believed"] += 1
        if arrival.kind is ArrivalKind.EVENT and item.kind is ArrivalKind.LINK_TEST:
            stats["altered frame believed, an event as a link test"] += 1
        if arrival.signals and item.signals and arrival.signals != item.signals:
            stats["altered frame believed, other signals"] += 1
    if sealed_alike and arrival.identity is not None and item.kind not in (ArrivalKind.ANSWER, ArrivalKind.MALFORMED):
        seal = None if item.identity is None else item.identity.seal
        if seal != arrival.identity.seal:
            raise Wrong("copy-without-its-seal", (origin, item))
    dressed = arrival.kind is ArrivalKind.EVENT and item.kind is ArrivalKind.LINK_TEST and item.timely
    if dressed and (its_secret == secret or (sealed_alike and _OF_EVENTS.search(item.plain))):
        raise Wrong("event-dressed-as-link-test", (origin, item))


@lru_cache(maxsize=64)
def _origins(
    origins: tuple[str, ...], keys: tuple[str, ...], edition: int | None, time_zone: str
) -> list[tuple[bytes, bytes, Arrival]]:
    """The right frames that are encrypted, with their blocks and their arrivals."""
    found = []
    for origin in origins:
        case = Case(target="receiving", data=origin, keys=keys, edition=edition, time_zone=time_zone)
        arrivals = [seen.item for seen in feed(case, [case.stream]) if isinstance(seen.item, Arrival)]
        for frame, arrival in zip(reference.frames(case.stream), arrivals, strict=False):
            if frame.cipher is not None:
                found.append((frame.raw, frame.cipher, arrival))
    return found
