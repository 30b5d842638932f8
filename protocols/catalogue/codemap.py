"""Contact ID <-> SIA, and which restore belongs to which alarm."""

from __future__ import annotations

from functools import cache

from protocols.catalogue import tables
from protocols.catalogue.events import CONTACT_ID, SIA, find

_QUALIFIERS = {"1": "new", "3": "restore"}


@cache
def _forward() -> dict[tuple[str, str], str]:
    """(Contact ID code, qualifier) -> SIA code; the first row wins."""
    found: dict[tuple[str, str], str] = {}
    for row in tables.rows("cid_sia_map.csv"):
        found.setdefault((row["cid"], _QUALIFIERS[row["qualifier"]]), row["sia"])
    return found


@cache
def _backward() -> dict[str, tuple[str, str]]:
    """SIA code -> (Contact ID code, qualifier); the first row wins."""
    found: dict[str, tuple[str, str]] = {}
    for row in tables.rows("cid_sia_map.csv"):
        found.setdefault(row["sia"], (row["cid"], _QUALIFIERS[row["qualifier"]]))
    return found


def to_sia(code: str, qualifier: str) -> str | None:
    """The SIA code for a Contact ID code and qualifier (``status`` maps like ``new``), None without a counterpart."""
    return _forward().get((code, "new" if qualifier == "status" else str(qualifier)))


def to_contact_id(code: str) -> tuple[str, str] | None:
    """The Contact ID code and qualifier for a SIA code, None without a counterpart."""
    return _backward().get(code)


def pairs(scheme: str, code: str, restore_code: str, restore_scheme: str | None = None) -> bool:
    """Whether a restore with ``restore_code`` can end an alarm with ``code``.

    Contact ID: the same code. SIA: a restore that the code map joins with the alarm (``BA`` with ``BH`` and
    ``BR``); where it joins none of the same first letter, that letter is enough. Across the two schemes: the
    same Contact ID code, for a site that reports by two communicators.
    """
    other = restore_scheme or scheme
    if scheme == SIA and other == SIA:
        joined, by_letter = _restores().get(code, _NO_RESTORES)
        return restore_code in joined or (by_letter and restore_code[:1] == code[:1] != "")
    if scheme == other:
        return code == restore_code
    return {scheme, other} == {CONTACT_ID, SIA} and _contact_id_code(scheme, code) == _contact_id_code(
        other, restore_code
    )


def _contact_id_code(scheme: str, code: str) -> str:
    if scheme == CONTACT_ID:
        return code
    found = to_contact_id(code)
    return found[0] if found is not None else ""


_KINDS = frozenset("BFGHKMPQSTUWZ")
_ALARM_STATES = frozenset("AVMG")
"""Second letters of alarms of such a kind: plain, verified, cross-zone, not verified. ``H`` and ``R`` end them."""

_NO_RESTORES: tuple[frozenset[str], bool] = (frozenset(), True)


@cache
def _restores() -> dict[str, tuple[frozenset[str], bool]]:
    """Alarm code -> (the restore codes the map joins with it, whether its first letter is enough besides)."""
    by_code: dict[str, set[str]] = {}
    for sia, (cid, qualifier) in _backward().items():
        if qualifier == "restore":
            by_code.setdefault(cid, set()).add(sia)
    found = {}
    for alarm, (cid, qualifier) in _backward().items():
        if qualifier != "new":
            continue
        joined = set(by_code.get(cid, ()))
        counterpart = _forward().get((cid, "restore"))
        if counterpart is not None:
            joined.add(counterpart)
        for sia, (other, _) in _backward().items():
            if _forward().get((other, "restore")) == sia and _forward().get((other, "new")) == alarm:
                joined.add(sia)
        own = {sia for sia in joined if sia[:1] == alarm[:1]}
        # A verified burglary (BV) maps to a Contact ID code of its own; what restores a burglary restores it.
        # Only letters are followed that the map joins already, so that no heat alarm is ended by a burglary.
        for restore in tuple(own):
            back = _backward().get(restore)
            if back is not None:
                own |= {sia for sia in by_code.get(back[0], ()) if sia[:1] == alarm[:1]}
        if alarm[:1] in _KINDS and alarm[1:] in _ALARM_STATES:
            own |= {alarm[:1] + state for state in "HR" if find(SIA, alarm[:1] + state).category == "restore"}
        found[alarm] = (frozenset(own or joined), not own)
    return found
