"""Blocks into arrivals: events with their texts, amendments, and blocks that say something else.

An arrival without an event says what its block said in a signal without a code: nothing that happened, yet kept and
shown. ``details`` name it by its function (``control``, ``configuration`` ...).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from protocols import sia_text
from protocols.ends import Lookup, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder, placed
from protocols.model import Arrival, ArrivalKind, Base, Dialect, Finding, Moment, Qualifier, Scheme, Signal
from protocols.sia import blocks, galaxy
from protocols.sia.blocks import Block
from protocols.sia.findings import FINDINGS
from protocols.sia.session import Session
from protocols.sia_findings import FINDINGS as TEXT_FINDINGS

PROTOCOL = "sia"
ENCODING = "cp850"
"""The code page of Galaxy panels, whose letters are those of cp437, too."""
GALAXY = "galaxy"
"""``Arrival.dialect`` of what only a Galaxy says so."""

NAMES = {
    blocks.CONTROL: "control",
    blocks.PROGRAM: "program",
    blocks.EXTENDED: "extended",
    blocks.CONFIGURATION: "configuration",
    blocks.LOGIN: "login",
    blocks.LISTEN_IN: "listen-in",
    blocks.CHANNEL: "v-channel",
    blocks.CHANNEL_FRAME: "v-channel-frame",
    blocks.VIDEO: "video",
}
"""Functions that say nothing that happened, to the name of what they say in ``Signal.details``."""

_BAR = str.maketrans("|", "\u00a6")
"""A bar parts blocks in SIA text of DC-09; a text of a panel that holds one must not."""
_control = re.compile(r"[\x00-\x1f\x7f]").search
_unprintable = re.compile(r"[\x00-\x1f\x7f-\x9f]").search


class EventBlock(Struct, gc=False):
    """A block of events, and the texts that came behind it before it was handed out."""

    block: Block
    raw: bytes
    texts: list[bytes] = []


class BlockReader:
    """Reads the blocks of one source."""

    def __init__(self, source: Source, lookup: Lookup, options: SourceOptions) -> None:
        # Blocks have a parity byte, and a panel sends one account: refused for its length, it would repeat for ever.
        self._options = options = replace(options, account_digits=0)
        self._finder = Finder(source, lookup, options)
        self._columns = options.edge != "plain"

    def event(self, event: EventBlock, session: Session, now: Moment) -> Arrival:
        """New, old or environmental events with the texts behind them."""
        block, account = event.block, session.account
        dialect = self._finder.dialect(None, account)
        said = self._decode(block.data, dialect)
        found: list[Finding] = []
        if _control(said) is not None:
            found.append(FINDINGS["sia.data.control-characters"])
        signals, departures = sia_text.read(
            block.function + said.translate(_BAR),
            account,
            sent_at=None,
            now_wall=now.wall,
            time_zone=dialect.time_zone,
            hexadecimal=dialect.base is Base.HEX,
        )
        found += departures
        head, about_account = session.take()
        found += about_account
        variant = ""
        for data in event.texts:
            text = self._text(data, dialect)
            if signals:
                signals = (*signals[:-1], self._added(signals[-1], text))
                variant = variant or (GALAXY if "galaxy-sign" in signals[-1].details else "")
            else:
                said = f"{said} {text}"
        if not session.named:
            found.append(FINDINGS["sia.session.no-account"])
        if not signals:
            return self._arrival(
                session, head + event.raw, block.function, ArrivalKind.OPAQUE, (_statement(account, said),), found
            )
        arrival = self._arrival(session, head + event.raw, block.function, ArrivalKind.EVENT, signals, found)
        return replace(arrival, dialect=variant) if variant else arrival

    def amendment(self, of: Arrival, data: bytes, raw: bytes, session: Session) -> Arrival:
        """A text whose event was handed out before: that event once more, with the text. ``of`` as handed out."""
        dialect = self._finder.dialect(None, session.account)
        signal = self._added(of.signals[-1], self._text(data, dialect))
        return Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=ArrivalKind.AMENDMENT,
            token=blocks.TEXT,
            receiver=of.receiver,
            account=of.account,
            line=of.line,
            signals=(signal,),
            amends=of.kept,
            dialect=GALAXY if "galaxy-sign" in signal.details else of.dialect,
        )

    def lone_text(self, data: bytes, raw: bytes, session: Session) -> Arrival:
        """A text without an event before it."""
        text = self._text(data, self._finder.dialect(None, session.account))
        head, found = session.take()
        return self._arrival(
            session,
            head + raw,
            blocks.TEXT,
            ArrivalKind.OPAQUE,
            (_statement(session.account, text),),
            [TEXT_FINDINGS["sia.text.without-event"], *found],
        )

    def other(self, block: Block, raw: bytes, session: Session) -> Arrival:
        """A block that says nothing that happened: shown and kept, never obeyed."""
        function = block.function
        said = self._decode(block.data, self._finder.dialect(None, session.account))
        if _unprintable(said) is not None:
            said = block.data.hex(" ").upper()
        found: list[Finding] = []
        if not block.known:
            found.append(FINDINGS["sia.function.unknown"])
        elif function in blocks.RESERVED:
            found.append(FINDINGS["sia.function.reserved"])
        name = NAMES.get(function)
        if function == blocks.LOGIN:
            said = "*" * len(block.data)  # a code that opens the panel
        statement = (
            _statement(session.account, said)
            if name is None
            else _statement(session.account, "", {name: [said] if said else []})
        )
        head, about_account = session.take()
        arrival = self._arrival(
            session, head + raw, function, ArrivalKind.OPAQUE, (statement,), [*found, *about_account]
        )
        return replace(arrival, unanswered=function in blocks.UNANSWERED or function == blocks.LOGIN)

    def alive(self, block: Block, raw: bytes, session: Session) -> Arrival:
        """A session in which nothing was said but an account: its path lives. ``block`` ends it."""
        head, found = session.take()
        found += _surplus(block)
        return self._arrival(session, head + raw, blocks.ACCOUNT, ArrivalKind.LINK_TEST, (), found)

    def beat(self, raw: bytes, account: str, token: str) -> Arrival:
        """A heartbeat or poll of a Galaxy. The account may be padded with zeros that the station does not have."""
        shorter = account
        while not self._finder.dialect(None, shorter).known and shorter[0] == "0" and len(shorter) > 3:
            shorter = shorter[1:]
        if self._finder.dialect(None, shorter).known:
            account = shorter
        arrival = Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=ArrivalKind.LINK_TEST,
            token=token,
            account=account,
            dialect=GALAXY,
        )
        return placed(arrival, self._options)

    def answer(self, block: Block, raw: bytes, session: Session) -> Arrival:
        """An answer where a message was expected."""
        return self._arrival(session, raw, block.function, ArrivalKind.ANSWER, (), _surplus(block))

    def _arrival(
        self,
        session: Session,
        raw: bytes,
        token: str,
        kind: ArrivalKind,
        signals: tuple[Signal, ...],
        found: Sequence[Finding],
    ) -> Arrival:
        if session.caller and signals:
            caller = {"caller": [session.caller]}
            signals = tuple([replace(signal, details={**signal.details, **caller}) for signal in signals])
        arrival = Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=kind,
            token=token,
            account=session.account,
            signals=signals,
            findings=tuple(dict.fromkeys(found)) if found else (),
            uneventful=token in blocks.REMOTE,
        )
        return placed(arrival, self._options)

    def _added(self, signal: Signal, text: str) -> Signal:
        """The signal with a text behind what it has."""
        details = signal.details
        mark = galaxy.sign(text) if self._columns else ""
        if mark and "galaxy-sign" not in details:
            details = {**details, "galaxy-sign": [mark]}
        return replace(signal, text=f"{signal.text} {text}" if signal.text else text, details=details)

    def _text(self, data: bytes, dialect: Dialect) -> str:
        """A text block: its columns are one line, blanks collapsed."""
        return " ".join(self._decode(data, dialect).split())

    def _decode(self, data: bytes, dialect: Dialect) -> str:
        """Text in the account's code page, that of the source, UTF-8 where it certainly is, or that of Galaxy."""
        if data.isascii():
            return data.decode("ascii")
        named = dialect.encoding if dialect.known and dialect.encoding != "utf-8" else self._options.encoding
        for encoding in (named, "utf-8"):
            try:
                text = data.decode(encoding or "utf-8")
                text.encode("utf-8")  # some codecs let lone surrogates through
            except (LookupError, ValueError):
                continue
            return text
        return data.decode(ENCODING)


def _surplus(block: Block) -> tuple[Finding, ...]:
    """The finding for data of a block that says all by its function."""
    return (FINDINGS["sia.data.surplus"],) if block.data else ()


def _statement(account: str, text: str, details: dict[str, list[str]] | None = None) -> Signal:
    """What was said without an event."""
    return Signal(
        account=account, scheme=Scheme.OTHER, code="", qualifier=Qualifier.NEW, text=text, details=details or {}
    )
