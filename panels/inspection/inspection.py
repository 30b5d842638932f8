"""A pure observer of a station: told what passes, it tells what is worth telling, and reports at the end.

It has no clock and no socket: whoever hands in what passed says when that was. Every memory in it is bounded,
since peers choose their accounts, their addresses and how much they send.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from panels.inspection import conduct, grading
from panels.inspection.connections import ConnectionBook, HostCount
from panels.inspection.figures import KeyInfo
from panels.inspection.frames import Explain, FrameBook
from panels.inspection.notes import ConnectionNote, Note, NothingNote, SilenceNote
from panels.inspection.panel import PanelWatch
from panels.inspection.report import PanelReport, Reason, Report, Station
from panels.inspection.sender import SERIAL, SenderWatch
from panels.inspection.strangers import NoiseBook
from protocols.dc09.identity import scope
from protocols.ends import Source
from protocols.model import Arrival, Moment, Noise, Verdict
from protocols.wires import WIRES

DC09 = "dc09"
PANELS_MAX = 200
NOTHING_S = (20.0, 60.0, 180.0, 600.0)
"""After so long without any message there is something to check."""


class Inspection:
    """Watches everything that comes to one station. Each call returns what it is worth telling at once."""

    def __init__(
        self,
        now: Moment,
        keys: Mapping[str, KeyInfo] | None = None,
        explain: Explain | None = None,
        opened_here: Collection[str] = (),
    ) -> None:
        """``keys``: owner of each key that is tried (``Key.owner``) to what may be told of it.

        ``explain`` takes apart the messages that stand as examples in the report. ``opened_here`` names the adapters
        whose connections the station opens itself.
        """
        self._opened_here = frozenset(opened_here)
        self._started = now
        self._keys = keys or {}
        self._explain = explain
        self._panels: dict[str, PanelWatch | SenderWatch] = {}
        self._left_out = 0
        self._messages = 0
        self._left_out_at = now.wall
        self._frames = FrameBook()
        self._noise = NoiseBook()
        self._connections = ConnectionBook()
        self._nothing_told = 0
        self.full = False
        """There was no room for more, and the check was ended for that; set by whoever ends it."""
        self.faults = 0
        """Messages it was told of in vain, by a fault of its own; counted by whoever tells it."""

    # What passes

    def observe(
        self,
        source: Source,
        arrival: Arrival,
        verdict: Verdict,
        answer: str,
        why: str,
        now: Moment,
        *,
        withheld: bool = False,
    ) -> list[Note]:
        """A verdict was given on a message; ``answer`` is the token answered, ``""`` for none.

        ``why`` is in the station's own words, and not used: ids say the same. ``withheld``: it was stored, and its
        acknowledgement was withheld on purpose; of line protocols only.
        """
        self._messages += 1
        connection = self._connections.find(source.adapter, source.peer)
        if connection is not None:
            connection.messages += 1
            connection.waited = not answer
        panel = self._panel_of(arrival, source, now)
        if panel is None:
            self._left_out += 1
            self._left_out_at = now.wall
            return []
        if arrival.protocol == DC09 and arrival.sequence.strip("0"):
            for other in self._panels.values():
                if isinstance(other, PanelWatch) and other is not panel and source.host in other.hosts:
                    other.elsewhere(arrival.sequence)
        if isinstance(panel, SenderWatch):
            return panel.take(source, arrival, verdict, answer, now, connection, withheld=withheld)
        return panel.take(source, arrival, verdict, answer, now, connection)

    def noise(self, source: Source, noise: Noise, now: Moment) -> list[Note]:
        """Bytes came that are no message."""
        broken = grading.is_broken_frame(noise.guess)
        connection = self._connections.find(source.adapter, source.peer)
        if connection is not None and broken:
            connection.waited = True
        told = self._noise.take(source, noise, now)
        notes: list[Note] = [] if told is None else [told]
        panel = self._alone_at(source.host)
        if broken and connection is not None and connection.broken is not None:
            self._came_again(source, connection.broken.broken(noise, now.mono))
        if panel is not None:
            if broken:
                panel.damaged(source, connection, now, notes)
            elif connection is not None and panel.name in connection.panels:
                panel.shows(conduct.OTHER_BYTES, now, notes)
        return notes

    def connected(self, source: Source, now: Moment) -> list[Note]:
        """A connection stands."""
        ours = source.adapter in self._opened_here
        count = self._connections.connected(source.adapter, source.peer, source.host, now.mono, ours=ours)
        return [ConnectionNote(at=now.wall, peer=source.peer, opened=True, clean=True, messages=0, count=count.opened)]

    def received(self, source: Source, data: bytes, now: Moment) -> None:
        """Bytes came over a connection; what they are is told later."""
        self._came_again(source, self._connections.received(source.adapter, source.peer, data, now.mono))

    def _came_again(self, source: Source, delay: float | None) -> None:
        """What was not whole came again, after so many seconds; None where it did not."""
        if delay is not None:
            panel = self._alone_at(source.host)
            if isinstance(panel, SenderWatch):
                panel.came_again(delay)

    def disconnected(self, source: Source, why: str, now: Moment, *, ours: bool = False) -> list[Note]:
        """A connection is gone; ``why`` is ``closed`` where that was in order. ``ours``: the station broke it off."""
        gone = self._connections.disconnected(source.adapter, source.peer, why, ours=ours)
        if gone is None:
            return []
        count = self._connections.hosts.get(gone.host, HostCount(opened=1))
        clean = why == "closed"
        notes: list[Note] = [
            ConnectionNote(
                at=now.wall,
                peer=source.peer,
                opened=False,
                clean=clean,
                ours=ours,
                messages=gone.messages,
                count=count.opened,
            )
        ]
        panel = self._alone_at(gone.host)
        if panel is not None:
            blamed = not ours and source.transport != SERIAL
            if not clean and blamed and not gone.waited and panel.name in gone.panels:
                panel.shows(conduct.CUT_CONNECTIONS, now, notes)
            if isinstance(panel, SenderWatch) and clean and panel.name in gone.panels:
                panel.hung_up(gone, now, notes)
            if not gone.messages and not gone.ours:
                panel.connections(count, now, notes)
        return notes

    def tick(self, now: Moment) -> list[Note]:
        """Time passes: call it about once a second."""
        if not self._messages:
            told = self._nothing_told
            elapsed = now.mono - self._started.mono
            if told < len(NOTHING_S) and elapsed >= NOTHING_S[told]:
                self._nothing_told += 1
                return [
                    NothingNote(
                        at=now.wall,
                        seconds=elapsed,
                        connections=self._connections.opened,
                        noise=self._noise.count,
                        broken=self._noise.broken,
                    )
                ]
            return []
        notes: list[Note] = []
        for panel in self._panels.values():
            if isinstance(panel, SenderWatch):
                panel.tick(now, notes)
            silent = panel.silent(now)
            if silent is not None:
                notes.append(
                    SilenceNote(
                        at=now.wall, account=panel.account, seconds=silent[0], usual=silent[1], sender=panel.place
                    )
                )
        return notes

    # How it stands

    @property
    def messages(self) -> int:
        """Messages so far."""
        return self._messages

    @property
    def panels(self) -> int:
        """Panels so far."""
        return len(self._panels)

    def report(self, now: Moment, station: Station | None = None) -> Report:
        """All of it, up to now."""
        panels = tuple(
            panel.report(self._host_of(panel)) for panel in sorted(self._panels.values(), key=lambda each: each.name)
        )
        reasons = grading.joined((panel.reasons for panel in panels), self._own_reasons(panels))
        return Report(
            station=station or Station(),
            started=datetime.fromtimestamp(self._started.wall, UTC),
            ended=datetime.fromtimestamp(now.wall, UTC),
            grade=grading.grade_of(reasons),
            reasons=reasons,
            messages=self._messages,
            panels=panels,
            panels_left_out=self._left_out,
            noise=self._noise.report(),
            noise_left_out=self._noise.left_out,
            frames=self._frames.report(self._explain),
            connections=self._connections.opened,
            faults=self.faults,
        )

    def _own_reasons(self, panels: tuple[PanelReport, ...]) -> list[Reason]:
        """What no panel's reasons tell."""
        reasons = []
        if self.faults:
            reasons.append(Reason(id=grading.FAULTS, count=self.faults))
        if self._left_out:
            last = datetime.fromtimestamp(self._left_out_at, UTC)
            reasons.append(Reason(id=grading.LEFT_OUT, count=self._left_out, last=last))
        if self.full:
            reasons.append(Reason(id=grading.FULL))
        told = {host for panel in panels if any(r.id == grading.DAMAGED for r in panel.reasons) for host in panel.hosts}
        reasons += self._noise.reasons(told, lambda host: self._alone_at(host) is not None)
        if not self._messages and not {grading.DAMAGED, grading.OTHER_PROTOCOL} & {each.id for each in reasons}:
            # Of a frame that was not whole something can be said.
            reasons.append(Reason(id=grading.NOTHING))
        return reasons

    # Whose it is

    def _panel_of(self, arrival: Arrival, source: Source, now: Moment) -> PanelWatch | SenderWatch | None:
        if arrival.protocol != DC09:
            return self._sender_of(arrival, source, now)
        account = arrival.account or arrival.inner
        if not account:
            # A message without any account is of whoever else reports from that host.
            alone = self._alone_at(source.host)
            if alone is not None:
                return alone
        name = scope(arrival.receiver, arrival.prefix, account)
        panel = self._panels.get(name)
        if panel is None and len(self._panels) < PANELS_MAX:
            panel = self._panels[name] = PanelWatch(name, arrival, self._keys, self._frames, now)
        return panel

    def _sender_of(self, arrival: Arrival, source: Source, now: Moment) -> PanelWatch | SenderWatch | None:
        name = f"{arrival.protocol} {source.host}"
        sender = self._panels.get(name)
        if sender is None and len(self._panels) < PANELS_MAX:
            wire = WIRES.get(arrival.protocol)
            title = arrival.protocol if wire is None else wire.title
            sender = self._panels[name] = SenderWatch(name, title, arrival, source, self._frames, now)
        return sender

    def _alone_at(self, host: str) -> PanelWatch | SenderWatch | None:
        """The panel that reports from a host, if it is the only one there."""
        found = [panel for panel in self._panels.values() if host in panel.hosts]
        return found[0] if len(found) == 1 else None

    def _host_of(self, panel: PanelWatch | SenderWatch) -> HostCount | None:
        """The connections of a panel's host, where both have no other."""
        if len(panel.hosts) != 1:
            return None
        (host,) = panel.hosts
        return self._connections.hosts.get(host) if self._alone_at(host) is panel else None
