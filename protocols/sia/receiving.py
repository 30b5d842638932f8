"""The station's end of a wire of SIA blocks: bytes into blocks, verdicts into answers, in the order of the blocks.

What blocks become, :mod:`protocols.sia.conversation` says. ``Arrival.raw`` of an arrival begins with the account and
origin blocks that no earlier one brought along.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from protocols.ends import Limits, Lookup, Response, Source
from protocols.lines.options import SourceOptions
from protocols.lines.receiving import MOST_AT_ONCE, NOISE_AT_ONCE
from protocols.lines.repeating import Repeats
from protocols.lines.scanning import KEPT_NOISE, Found, Scanner
from protocols.model import Arrival, Moment, Noise, Verdict
from protocols.sia import blocks, damage, galaxy
from protocols.sia.answers import FORMS, REJECTED, Answers, Turn
from protocols.sia.blocks import LENGTH, BlockGrammar, asking
from protocols.sia.conversation import Conversation
from protocols.sia.first import FirstBytes
from protocols.sia.reading import PROTOCOL, BlockReader

ACK_S = 2.5
"""How long a panel waits for its answer."""
GAP_S = {"serial": 1.0}
"""How long a line may be silent inside a block, shorter than a sender waits for its answer."""
_GAP_S = 1.5
DAMAGED_S = 0.3
"""How long to wait where a damaged block is there to its last byte, or a poll lacks only its line end."""
_AHEAD = 4
"""Answers that may wait, as a multiple of ``Limits.undecided``."""


class SIAReceivingEnd:
    """One for a connection or a serial line; implements :class:`protocols.ends.ReceivingEnd`.

    ``first`` as in ``protocols.lines.receiving.LineReceivingEnd``. ``reject_damaged`` False leaves damaged blocks
    without an answer, so that their senders repeat after their own time-out.
    """

    def __init__(
        self,
        source: Source,
        lookup: Lookup,
        *,
        first: int,
        options: SourceOptions = SourceOptions(),  # noqa: B008 - immutable
        limits: Limits = Limits(),  # noqa: B008
        reject_damaged: bool = True,
    ) -> None:
        self._options = options
        self._limits = limits
        self._gap_s = min(GAP_S.get(source.transport, _GAP_S), limits.partial_s)
        self._grammar: BlockGrammar = BlockGrammar() if options.edge == "plain" else galaxy.GalaxyGrammar()
        self._scanner = Scanner(self._grammar, NOISE_AT_ONCE)
        self._answers = Answers(FORMS.get(options.edge, FORMS[""]))
        self._conversation = Conversation(
            BlockReader(source, lookup, options),
            self._answers,
            Repeats(first, ACK_S, serial=source.transport == "serial"),
            heard_only=options.listen_only,
            reject_damaged=reject_damaged,
        )
        self._first = FirstBytes(looked_at=source.transport != "serial" and options.edge != "plain")
        self._next: Found | None = None
        """A text whose event has no verdict yet."""
        self._damaged: Noise | None = None
        """A run of noise that may be rejected, until it is known what follows."""
        self._out: list[bytes] = []
        self._ended = False
        self._flushing = False
        self._due: float | None = None
        self.undecided = 0
        self.held = False
        self.closing = False

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Take bytes (``b""`` continues with bytes held back). Never raises on any bytes."""
        first = self._first
        if first.encrypted:
            return ()
        if data:
            self._flushing = False
            taken = first.take(bytes(data))
            if isinstance(taken, Noise):
                self.closing = True
                self._due = None
                return [taken]
            if first.waiting:
                self._due = now.mono + self._gap_s
            self._scanner.feed(taken)
        return self._pump(now)

    def receive_eof(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The peer sends no more."""
        self._ended = True
        self._scanner.feed(self._first.let_go())
        return self._pump(now)

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The line has been silent inside a block, or for too long behind a block that asked for nothing."""
        if self._due is not None and now.mono >= self._due:
            self._scanner.feed(self._first.let_go())
            self._flushing = True
        elif self._conversation.due is None or now.mono < self._conversation.due:
            return ()
        return self._pump(now)

    def next_timeout(self) -> float | None:
        """When the line has been silent for too long, in monotonic seconds."""
        return min((due for due in (self._due, self._conversation.due) if due is not None), default=None)

    def data_to_send(self) -> bytes:
        """The answers due, in the order of the blocks."""
        data = b"".join(self._out)
        self._out.clear()
        return b"" if self._options.listen_only else data

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival of this end. A second verdict changes nothing.

        Raises ValueError for a response: an acknowledgement carries none.
        """
        turn = arrival.reply
        if not isinstance(turn, Turn) or turn.verdict is not None:
            return
        if response is not None:
            raise ValueError(f"{PROTOCOL} has no answer that carries data: send it without a response.")
        self._conversation.decide(turn, verdict)
        self.undecided = self._conversation.undecided
        self._out += self._answers.release()
        self.closing = self._is_over()

    def answer(self, arrival: Arrival) -> str:
        """The name of the answer; ``""`` for silence, no verdict yet, or where the last block of its group answers."""
        turn = arrival.reply
        return turn.token if isinstance(turn, Turn) and not self._options.listen_only else ""

    # The way of bytes to a block

    def _pump(self, now: Moment) -> list[Arrival | Noise]:
        scanner = self._scanner
        final = self._ended or self._flushing
        items: list[Arrival | Noise] = []
        complete = False
        if self._first.waiting:
            return items
        ahead = _AHEAD * self._limits.undecided
        while self.undecided < self._limits.undecided and len(items) < MOST_AT_ONCE and len(self._answers) < ahead:
            found = self._next or scanner.next(final)
            if found is None:
                complete = not scanner.resting
                break
            if isinstance(found, Noise):
                items.append(found)
                self._damaged = found
                continue
            if self._damaged is not None and (cut := damage.chance(found.raw, scanner.unread[: blocks.LONGEST])):
                scanner.back(len(found.raw) - cut)
                piece = found.raw[:cut]
                items.append(Noise(piece, self._grammar.guess(piece), cut))
                self._damaged = Noise((self._damaged.raw + piece)[:KEPT_NOISE], "", self._damaged.size + cut)
                continue
            if self._next is None:
                self._after_noise(found.raw, items)
            self._next = None if self._conversation.take(found.raw, now, items) else found
            self.undecided = self._conversation.undecided
            if self._next is not None:
                break
        if complete:
            self._after_noise(None, items)
            self._conversation.silence(now, items, ended=self._ended)
            self.undecided = self._conversation.undecided
            self._flushing = False
        self._out += self._answers.release()
        self.held = not complete and (scanner.waiting or self._next is not None or self._damaged is not None)
        self.closing = self._is_over()
        self._due = now.mono + self._patience() if complete and scanner.waiting else None
        return items

    def _after_noise(self, found: bytes | None, items: list[Arrival | Noise]) -> None:
        """It is known what follows a run of noise: this block, or silence."""
        noise, self._damaged = self._damaged, None
        if noise is None or not self._conversation.noise(noise, found) or self._options.listen_only:
            return
        if items and isinstance(items[-1], Noise):  # else it was handed out before that was known
            items[-1] = replace(items[-1], answer=REJECTED)

    def _is_over(self) -> bool:
        return self._first.encrypted or (self._ended and not self.undecided and not self.held)

    def _patience(self) -> float:
        """How long to wait for more of what is there."""
        scanner = self._scanner
        there = scanner.run and scanner.run + scanner.unread
        whole = asking(there) and len(there) >= (there[0] & LENGTH) + 3
        return min(DAMAGED_S, self._gap_s) if whole or self._scanner.ready else self._gap_s
