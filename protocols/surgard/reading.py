"""One Sur-Gard line into an arrival, and a verdict into ACK or NAK."""

from __future__ import annotations

from typing import Any

from protocols.lines import texts
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder
from protocols.lines.receiving import Reading
from protocols.lines.scanning import Found
from protocols.model import Arrival, ArrivalKind, Dialect, Finding, Moment, Verdict
from protocols.surgard import clock
from protocols.surgard.events import READERS, About, Said
from protocols.surgard.findings import finding
from protocols.surgard.grammar import DC4, FILLER, OPAQUE, Form, Lines, parse_whole

PROTOCOL = "surgard"
ACK, NAK = b"\x06", b"\x15"
ACK_S = 4.0
"""How long a receiver waits for its answer (MLR2E, MLR2000)."""
ATTEMPTS = 4
"""How often it says a line before it gives up."""
HEARTBEAT_S = 30.0
"""After how long a silent line carries a heartbeat; the figure of receivers that nobody has set otherwise."""

_SILENT = frozenset((Verdict.NOT_STORED,))
_BAD = frozenset((Verdict.MALFORMED, Verdict.REFUSED))
_DIALECTS = {1: "mlr2", 2: "system", 3: "mlr2000"}
"""The receiver whose lines have line numbers of that width."""


class Reader(Lines):
    """For :class:`protocols.lines.receiving.LineReceivingEnd`. One for a connection."""

    name = PROTOCOL
    ack_s = ACK_S

    def __init__(self, finder: Finder, options: SourceOptions) -> None:
        super().__init__(options.line_digits if options.line_digits in (1, 2, 3) else 0)
        self._finder = finder
        self._options = options
        self._after_cr = False
        """The line before ended with CR: an LF in front of the next one is the other half of its end."""
        self._open_at: float | None = None
        """When the line before came, if nothing ended it."""

    def read(self, found: Found, now: Moment) -> Reading:
        """Take one line apart. Never raises."""
        raw = found.raw
        body = raw.rstrip(FILLER)
        noticed = self._around(found, body, now)
        form = parse_whole(body, self.digits)
        if form is None:
            return self._unread(raw, body, noticed)
        fields = {name: value.decode("latin-1") for name, value in form.match.groupdict(b"").items()}
        account, line = fields.get("account", "").strip(), fields["line"]
        if self.digits and len(line) != self.digits:
            noticed.append(finding("header.line-width", form.match.start("line"), len(line)))
        said, sent_at, content = Said(), None, body
        if form.name == "heartbeat":
            kind = ArrivalKind.LINK_TEST
            if (len(fields["before"]), len(fields["after"])) != (11, 4):
                noticed.append(finding("heartbeat.form"))
        else:
            dialect = self._finder.dialect(fields["receiver"], account)
            if "data" in fields:
                fields["data"] = texts.decode(form.match["data"], dialect.encoding)
            noticed += departures(form)
            if fields["clock"]:
                content = body[: form.match.start("clock")]
                sent_at = self._sent_at(form, dialect, now, noticed)
            about = About(account, sent_at, now.wall, dialect.time_zone, self._options.overrides)
            said = READERS[form.name](fields, about)
            kind = ArrivalKind.EVENT if said.signals else ArrivalKind.OPAQUE
        arrival = Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=kind,
            token=fields["format"],
            receiver=fields["receiver"],
            account=account,
            line=line,
            sent_at=sent_at,
            signals=said.signals,
            findings=(*noticed, *said.findings),
            dialect=_DIALECTS[len(line)],
        )
        return Reading(arrival, content)

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """One byte, or silence for what could not be stored."""
        if verdict in _SILENT:
            return b"", ""
        return (NAK, "NAK") if verdict in _BAD else (ACK, "ACK")

    def _around(self, found: Found, body: bytes, now: Moment) -> list[Finding]:
        """What there is to say about the bytes in front of a line and behind it."""
        raw, filler = found.raw, found.filler.strip(b"\x14")
        if self._after_cr:
            filler = filler.removeprefix(b"\n")
        noticed = [finding("framing.filler")] if filler else []
        if self._open_at == now.mono and not found.filler:
            noticed.append(finding("framing.glued"))
        end = raw[len(body) :]
        zeros = len(end) - len(end.rstrip(b"\0"))
        self._after_cr = end[:2] == b"\r" or end[:2] == b"\r\0"
        self._open_at = None if end else now.mono
        if not end:
            noticed.append(finding("terminator.missing"))
        elif end[:1] != DC4:
            noticed.append(finding("terminator.line-end", len(body), len(end)))
        if zeros:
            noticed.append(finding("terminator.nul", len(raw) - zeros, zeros))
        return noticed

    def _sent_at(self, form: Form, dialect: Dialect, now: Moment, noticed: list[Finding]) -> float | None:
        start, end = form.match.span("clock")
        sent_at = clock.read(form.match["clock"].decode("ascii"), dialect.time_zone, now.wall)
        if sent_at is None:
            noticed.append(finding("clock.invalid", start, end - start))
        return sent_at

    def _unread(self, raw: bytes, body: bytes, noticed: list[Finding]) -> Reading:
        """A whole line whose format has no grammar, or that breaks the one of its format."""
        letter = body[:1]
        digits = self.digits or 1
        if letter in OPAQUE or letter not in b"1345689S0":
            kind = ArrivalKind.OPAQUE
            noticed.append(finding("format.no-event" if letter in OPAQUE else "format.unknown", 0, 1))
        else:
            kind = ArrivalKind.MALFORMED
            noticed.append(finding("unreadable", 3, len(body) - 3))
        arrival = Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=kind,
            token=letter.decode("latin-1"),
            receiver=body[1:3].decode("latin-1"),
            line=body[3 : 3 + digits].decode("latin-1"),
            findings=tuple(noticed),
        )
        return Reading(arrival, body)


def departures(form: Form) -> list[Finding]:
    """What is off about the fields of a line, besides what they say."""
    match, noticed = form.match, []
    if form.name == "contact-id":
        if not match["space"]:
            noticed.append(finding("header.space-missing", match.start("type"), 2))
        if match["gap"]:
            noticed.append(finding("account.space", match.start("gap"), len(match["gap"])))
        if len(match["account"]) != 4:
            noticed.append(finding("account.width", match.start("account"), len(match["account"])))
    elif form.name == "text" and b"]" in match["data"]:
        noticed.append(finding("text.brackets", match.start("data"), len(match["data"])))
    return noticed
