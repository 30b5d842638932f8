"""Control of a Galaxy at SIA level 4: the end of a simulated panel. :mod:`protocols.sia.control` draws the exchange."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

from msgspec import Struct, field

from protocols.lines.scanning import Scanner
from protocols.model import Moment, Noise
from protocols.sia import blocks
from protocols.sia.blocks import Block, BlockGrammar
from protocols.sia.control import AREAS, BITMAPS, ControlError, bitmap

CONFIGURATION = b"AL4B15"
OUTPUTS = 32
"""Bytes that ``OR1000`` answers with."""
_CLOSED, _OPEN, _TAMPER, _MASKED, _FAULT = 2, 4, 5, 6, 8
_ZONE_BITS = {"open": _OPEN, "tamper": _TAMPER, "masked": _MASKED, "fault": _FAULT}
"""Bitmaps that follow from the states of zones."""

_area = re.compile(r"SA(3[0-2]|[12][0-9]|[1-9])?(?:\*([0-5]))?").fullmatch
_omit = re.compile(r"SB([0-9]{4})(?:\*([01]))?").fullmatch
_output = re.compile(r"OR([0-9]{4})?(?:\*([01])(?:G[0-9]{1,2})?)?").fullmatch
_zone = re.compile(r"ZS([1-4][0-9]{3})").fullmatch
_map = re.compile(r"ZS(?:([1-7])0)?([12])").fullmatch


class Installation(Struct):
    """What a panel guards. Zones by their number, 1001 to 4158; areas and outputs by theirs."""

    areas: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(1, AREAS + 1), 0))
    """0 unset, 1 set, 2 part set."""
    alarms: dict[int, int] = field(default_factory=dict)
    """Areas: 1 alarm, 2 reset needed; others are normal."""
    zones: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(1011, 1019), _CLOSED))
    """State, the place in ``ZONE_STATES``."""
    in_alarm: set[int] = field(default_factory=set)
    omitted: set[int] = field(default_factory=set)
    outputs: dict[int, bool] = field(default_factory=dict)


class ControlPanel:
    """One connection of a client. Raises ControlError for a code that is not 4 to 8 figures."""

    def __init__(self, code: str, installation: Installation) -> None:
        if re.fullmatch(r"[0-9]{4,8}", code) is None:
            raise ControlError("the remote code has 4 to 8 figures.")
        self._code = code.encode("ascii")
        self._its = installation
        self._scanner = Scanner(BlockGrammar())
        self._out: list[bytes] = []
        self._in = False
        self.closing = False

    def __repr__(self) -> str:
        return "<ControlPanel>"

    def receive(self, data: bytes, now: Moment) -> Sequence[Noise]:
        """Take bytes of the client. Never raises on any bytes."""
        self._scanner.feed(bytes(data))
        noise = []
        while not self.closing and (found := self._scanner.next()) is not None:
            if isinstance(found, Noise):
                noise.append(found)
            else:
                self._heard(blocks.parse(found.raw))
        return noise

    def receive_eof(self, now: Moment) -> Sequence[Noise]:
        """The client closed the connection."""
        self.closing = True
        return ()

    def expire(self, now: Moment) -> Sequence[Noise]:
        """It waits for nothing."""
        return ()

    def next_timeout(self) -> float | None:
        """Never."""
        return None

    def data_to_send(self) -> bytes:
        """The answers due, once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _heard(self, block: Block) -> None:
        if not self._in:
            if block.function == blocks.LOGIN and hmac.compare_digest(block.data, self._code):
                self._in = True
                self._answer(blocks.CONFIGURATION, CONFIGURATION)
                return
            self._reject()
            return
        said = block.data.decode("latin-1")
        if block.function == blocks.CONTROL:
            answer = self._of_areas(said) or self._of_zones(said) or self._of_outputs(said)
        elif block.function == blocks.EXTENDED:
            answer = self._states(said)
        else:
            answer = b""
        if not answer:
            self._reject()
            return
        self._answer(block.function, answer)
        self.closing = True  # one command a log-in

    def _answer(self, function: str, data: bytes) -> None:
        self._out.append(blocks.build(Block(function, data, False)))

    def _reject(self) -> None:
        self._answer(blocks.REJECT, b"")
        self.closing = True

    def _of_areas(self, said: str) -> bytes:
        """``SA``: sets areas, says how they are; empty for what is none of it."""
        its = self._its
        if said == "SA91":
            return b"SA91*" + self._figures(its.alarms)
        if said == "SA92":
            return b"SA92*" + self._figures({area: int(not self._busy()) for area in its.areas})
        match = _area(said)
        if match is None:
            return b""
        area, action = match.groups()
        wanted = sorted(its.areas) if area is None else [int(area)]
        if action is not None:
            for one in wanted:
                self._act(one, int(action))
            return said.encode()
        if area is None:
            return b"SA*" + self._figures(its.areas)
        return f"SA{area}*{its.areas.get(int(area), 0)}".encode()

    def _act(self, area: int, action: int) -> None:
        """0 unset, 1 set, 2 part set, 3 reset, 4 abort set, 5 force set."""
        its = self._its
        if action == 3:
            its.alarms.pop(area, None)
        else:
            its.areas[area] = {1: 1, 2: 2, 5: 1}.get(action, 0)

    def _busy(self) -> bool:
        """Whether a zone keeps areas from being set."""
        return any(state != _CLOSED and zone not in self._its.omitted for zone, state in self._its.zones.items())

    def _figures(self, states: dict[int, int]) -> bytes:
        return "".join(str(states.get(area, 0)) for area in range(1, AREAS + 1)).encode()

    def _of_zones(self, said: str) -> bytes:
        """``SB``: omits zones and restores them."""
        match = _omit(said)
        if match is None or int(match[1]) not in self._its.zones:
            return b""
        zone = int(match[1])
        if match[2] == "1":
            self._its.omitted.add(zone)
        elif match[2] == "0":
            self._its.omitted.discard(zone)
        return f"SB{zone}*{int(zone in self._its.omitted)}".encode()

    def _of_outputs(self, said: str) -> bytes:
        """``OR``: switches outputs; ``OR1000`` asks for all of them."""
        match = _output(said)
        if match is None:
            return b""
        output, on = match.groups()
        outputs = self._its.outputs
        if output == "1000" and on is None:
            return b"OR1000*" + bitmap(frozenset(one for one, state in outputs.items() if state))[:OUTPUTS]
        if on is None:
            return b""
        for one in [int(output)] if output is not None else list(outputs):
            outputs[one] = on == "1"
        return said.encode()

    def _states(self, said: str) -> bytes:
        """``ZS``: the state of a zone, or a bitmap of all."""
        its = self._its
        match = _zone(said)
        if match is not None:
            zone = int(match[1])
            return f"ZS{zone}*{its.zones[zone]}".encode() if zone in its.zones else b""
        match = _map(said)
        if match is None:
            return b""
        kind = next(name for name, hundreds in BITMAPS.items() if hundreds == int(match[1] or 0))
        return said.encode() + b"*" + bitmap(frozenset(self._marked(kind)), second=match[2] == "2")

    def _marked(self, kind: str) -> set[int]:
        its = self._its
        if kind == "alarm":
            return its.in_alarm
        if kind == "omitted":
            return its.omitted
        if kind == "ready":
            return {zone for zone, state in its.zones.items() if state == _CLOSED}
        if kind == "resistance":
            return {zone for zone, state in its.zones.items() if state in (1, 3)}
        return {zone for zone, state in its.zones.items() if state == _ZONE_BITS[kind]}
