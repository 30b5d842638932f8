"""The wire as rows of a list: bytes in and out, verdicts, noise, notes; and what narrows it to a panel."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable

from msgspec import Struct
from rich.cells import cell_len

from protocols.catalogue import texts
from tui.look import State
from tui.shown import show_bytes
from tui.state.filters import matches
from tui.state.model import WireRecord
from tui.state.names import Site
from tui.state.wire import LOST, WireLog
from tui.telling import Teller
from tui.widgets.virtual_list import Column, Row

WHAT = ("in", "out", "verdict", "noise", "note", LOST)
ARROW = 2
"""Cells of the arrow that the words for a kind of record begin with."""
WIDE = 110
_SHOWN = 400
"""Bytes of a record that a row holds; no screen is wider."""
_SITES_MAX = 100
"""Sites that a word may mean at a time."""
_PEER = re.compile(r"[\[/].*|(?=.*[.:])[0-9A-Fa-f.:\[\]]*[0-9A-Fa-f:\]][0-9A-Fa-f.:\[\]]*(%\w+)?")
"""An address or a part of one, a serial line; not the dots of a site's name."""


def peer_host(peer: str) -> str:
    """The host of a peer without its port, which is another one with every connection: ``[::1]:5000`` -> ``[::1]``."""
    host, colon, port = peer.rpartition(":")
    return host if colon and port.isdecimal() else peer


class Narrowed(Struct, frozen=True):
    """What somebody typed into the filter, understood."""

    accounts: tuple[str, ...] = ()
    peer: str = ""
    site: str = ""
    """The words that are no account of the list, so of a site's name or an account that is not entered."""
    found: int = 0
    """How many sites are called so."""


def narrowed(words: str, sites: Iterable[Site] = ()) -> Narrowed:
    """What reads like an address is a peer, the last one counts; the rest is an account or a site's name.

    Where a site is called so its account is taken, and that which may be meant by the words themselves.
    """
    peer = ""
    others = []
    for word in words.split():
        if _PEER.fullmatch(word):
            peer = word
        else:
            others.append(word)
    text = " ".join(others)
    if not text:
        return Narrowed(peer=peer)
    number = text.upper()
    known = [site for site in sites if site.account]
    if any(site.account.upper() == number for site in known):
        return Narrowed(tuple(dict.fromkeys(one.account for one in known if one.account.upper() == number)), peer)
    called = [site.account for site in known if matches(text, (site.name, *site.others))][:_SITES_MAX]
    return Narrowed(tuple(dict.fromkeys((*called, text))), peer, text, len(called))


def state_of(record: WireRecord) -> State:
    """How a record stands: what is not acknowledged stands out, and what departs from the standard."""
    if record.what == "verdict":
        if not record.answer:
            return State.LOST
        if record.answer != "ACK" and record.verdict not in ("stored", "alive", "duplicate"):
            return State.URGENT
        departs = any(one.get("severity") != "note" for one in record.findings)
        return State.TROUBLE if departs else State.OK
    return {"noise": State.UNREAD, "note": State.STATION, LOST: State.NEVER}.get(record.what, State.PLAIN)


def columns(language: str, *, wide: bool) -> list[Column]:
    """A narrow list shows of what it is the arrow alone."""

    def title(name: str) -> str:
        return texts.text("views", f"wire.{name}", language)

    what = max(cell_len(title(f"is-{what}")) for what in WHAT)
    return [
        Column("at", title("at"), 12),
        Column("what", title("what") if wide else "", what if wide else ARROW),
        Column("peer", title("peer"), 21, drop=2),
        Column("bytes", title("bytes"), least=36),
        Column("size", title("size-title"), 6, drop=3, right=True),
        Column("adapter", title("adapter"), 10, drop=4),
    ]


def words_of(record: WireRecord, teller: Teller, language: str) -> str:
    """A record in one line, without time and peer."""
    if record.what in ("in", "out"):
        return show_bytes(record.bytes, _SHOWN)
    if record.what == "verdict":
        count = len(record.findings)
        more = texts.text("views", "wire.findings", language, count=count) if count else ""
        return "  ".join(part for part in (teller.verdict(record), more) if part)
    if record.what == "noise":
        return f"{teller.noise(record.guess)}  {show_bytes(record.bytes, _SHOWN)}"
    if record.what == LOST:
        return texts.text("views", "wire.lost", language, count=record.size)
    return teller.note(record.text)


class WireSource:
    """Rows over what the console holds of the wire."""

    def __init__(self, log: WireLog, teller: Teller, language: str) -> None:
        self.log = log
        self.teller = teller
        self.wide = False
        self._language = language

    def __len__(self) -> int:
        return len(self.log)

    def key(self, index: int) -> Hashable:
        """The number of the record."""
        return self.log.at(index).n

    def index(self, key: Hashable) -> int | None:
        """Where a record stands."""
        return self.log.index(key) if isinstance(key, int) else None

    def row(self, index: int) -> Row:
        """A record in words."""
        record = self.log.at(index)
        state = state_of(record)
        what = texts.text("views", f"wire.is-{record.what}", self._language) if record.what in WHAT else record.what
        cells = (
            self.teller.time(record.at, millis=True) if record.at else "",
            what if self.wide else what[:ARROW],
            record.peer,
            words_of(record, self.teller, self._language),
            str(record.size) if record.what in ("in", "out", "noise") else "",
            record.adapter,
        )
        return Row(record.n, cells, state, strong=state in (State.LOST, State.URGENT))
