"""The station's end of a wire of SIA blocks: blocks into arrivals, verdicts into answers, in the order of the blocks.

* Session blocks (account, origin, end of data, wait, abort) are answered by the end itself, once everything before them
  is decided. Acknowledgements, rejects, configuration, control and extended blocks and logins get no answer at all.
* A text block belongs to the event before it. Where that event asked for no answer, it is handed out together with its
  texts, at the latest after a pause of ``GROUP_GAP_S``. Where it asked, it went out at once, and its text is an
  amendment, handed out (and answered) only after the event's own verdict; what became of an event that was not taken,
  becomes of its text.
* An event before any account block is first rejected, so that its sender begins anew with the account. Said again, it
  is stored without an account: an alarm of nobody is better than none.
* A damaged block that asks for an answer is rejected, once for a run of noise. Where its repetition follows at once,
  that one's answer is enough; any other block behind it is rejected with it, and its repetition is the same message.

Repetitions are told as in :mod:`protocols.lines.repeating`; ``answers`` says what a data group adds. ``Arrival.raw`` of
an arrival begins with the account and origin blocks that no earlier one brought along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from protocols.ends import Limits, Lookup, Response, Source
from protocols.lines.options import SourceOptions
from protocols.lines.receiving import MOST_AT_ONCE, NOISE_AT_ONCE
from protocols.lines.repeating import Message, Repeats, identity_of
from protocols.lines.scanning import KEPT_NOISE, Found, Scanner
from protocols.model import Arrival, ArrivalKind, Kept, Moment, Noise, Verdict
from protocols.sia import blocks, damage, galaxy
from protocols.sia.answers import FORMS, Answers, Turn, token_of
from protocols.sia.blocks import ASKS, LENGTH, Block, BlockError, BlockGrammar, asking, parse
from protocols.sia.findings import FINDINGS
from protocols.sia.first import FirstBytes
from protocols.sia.reading import PROTOCOL, BlockReader, EventBlock
from protocols.sia.session import Session

ACK_S = 2.5
"""How long a panel waits for its answer."""
GROUP_GAP_S = 4.0
"""The longest pause between two blocks of a data group."""
GAP_S = {"serial": 1.0}
"""How long a line may be silent inside a block, shorter than a sender waits for its answer."""
_GAP_S = 1.5
DAMAGED_S = 0.3
"""How long to wait where a damaged block is there to its last byte, or a poll lacks only its line end."""
MOST_GROUP = 600
"""Bytes of an event with its texts, and characters of its text: a data group holds 500 bytes of data. Texts behind that
are kept by themselves."""
_AHEAD = 4
"""Answers that may wait, as a multiple of ``Limits.undecided``."""
_GOOD = frozenset((Verdict.STORED, Verdict.DUPLICATE))


class _Target(Struct, eq=False):
    """The event that texts belong to, once it was handed out."""

    arrival: Arrival
    """As handed out, its last signal with all texts so far."""
    turn: Turn
    data: bytes | None = None
    """The last text block."""
    message: Message | None = None
    """Its message, as an amendment."""
    amendment: Arrival | None = None

    @property
    def takes_text(self) -> bool:
        """Whether it was handed out as an event, and has room for more."""
        signals = self.arrival.signals
        return bool(signals) and len(signals[-1].text) <= MOST_GROUP


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
        self._reject_damaged = reject_damaged
        self._gap_s = min(GAP_S.get(source.transport, _GAP_S), limits.partial_s)
        self._grammar: BlockGrammar = BlockGrammar() if options.edge == "plain" else galaxy.GalaxyGrammar()
        self._scanner = Scanner(self._grammar, NOISE_AT_ONCE)
        self._reader = BlockReader(source, lookup, options)
        self._session = Session()
        self._answers = Answers(FORMS.get(options.edge, FORMS[""]))
        self._repeats = Repeats(first, ACK_S, serial=source.transport == "serial")
        self._first = FirstBytes(looked_at=source.transport != "serial" and options.edge != "plain")
        self._next: Found | None = None
        """A text whose event has no verdict yet."""
        self._damaged: Noise | None = None
        """A run of noise that may be rejected, until it is known what follows."""
        self._waiting: EventBlock | None = None
        """An event that asked for nothing: texts may follow."""
        self._target: _Target | None = None
        self._out: list[bytes] = []
        self._ended = False
        self._flushing = False
        self._due: float | None = None
        self._group_due: float | None = None
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
        elif self._group_due is None or now.mono < self._group_due:
            return ()
        return self._pump(now)

    def next_timeout(self) -> float | None:
        """When the line has been silent for too long, in monotonic seconds."""
        return min((due for due in (self._due, self._group_due) if due is not None), default=None)

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
        turn.verdict = verdict
        turn.token = token_of(turn)
        self.undecided -= 1
        if turn.message is not None:
            self._repeats.settle(turn.message, verdict)
        self._release()
        self.closing = self._is_over()

    def answer(self, arrival: Arrival) -> str:
        """The name of the answer; ``""`` for silence, no verdict yet, or where the last block of its group answers."""
        turn = arrival.reply
        return turn.token if isinstance(turn, Turn) and not self._options.listen_only else ""

    # The way of a block

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
                self._after_noise(found, now)
            self._next = None
            if not self._take(found, now, items):
                self._next = found
                break
        if complete:
            self._after_noise(None, now)
            if self._waiting is not None and (
                self._ended or (self._group_due is not None and now.mono >= self._group_due)
            ):
                self._hand_out(now, items, alone=True)
            self._flushing = False
        self._release()
        self.held = not complete and (scanner.waiting or self._next is not None or self._damaged is not None)
        self.closing = self._is_over()
        self._due = now.mono + self._patience() if complete and scanner.waiting else None
        return items

    def _is_over(self) -> bool:
        return self._first.encrypted or (self._ended and not self.undecided and not self.held)

    def _patience(self) -> float:
        """How long to wait for more of what is there."""
        scanner = self._scanner
        there = scanner.run and scanner.run + scanner.unread
        whole = asking(there) and len(there) >= (there[0] & LENGTH) + 3
        return min(DAMAGED_S, self._gap_s) if whole or self._scanner.ready else self._gap_s

    def _after_noise(self, found: Found | None, now: Moment) -> None:
        """What a run of noise means for the answers, now that it is known what follows it, None for silence.

        No sender has two blocks that ask on their way, so noise and the block behind it have one answer. Noise inside a
        data group may have been one of its blocks, whether it looks like one or not: also the account of what follows,
        where accounts do not ask.
        """
        noise, self._damaged = self._damaged, None
        if noise is None:
            return
        raw = noise.raw
        account = raw[1:2] == b"#" and (asking(raw) or damage.of_a_group(raw))
        if account or (not self._session.asked and noise.size >= blocks.SHORTEST):
            self._session.forget()
        grouped = self._waiting is not None or self._answers.grouped
        if found is None:
            if asking(raw) and self._reject_damaged:
                self._answers.add(Turn(asks=True, verdict=Verdict.MALFORMED))
            elif grouped or damage.of_a_group(raw):
                self._answers.add(Turn(asks=False, verdict=Verdict.MALFORMED, raw=raw))
        elif grouped or (found.raw[1:2] in damage.GROUPED and not found.raw[0] & ASKS):
            self._answers.add(Turn(asks=False, verdict=Verdict.MALFORMED, raw=raw))
        elif asking(raw) and self._reject_damaged and not damage.repeats(raw, found.raw):
            self._answers.add(Turn(asks=False, verdict=Verdict.MALFORMED, spoils=True))

    def _take(self, found: Found, now: Moment, items: list[Arrival | Noise]) -> bool:
        """Deal with one block. False where it has to wait for a verdict."""
        raw = found.raw
        try:
            block = parse(raw)
        except BlockError:
            self._hand_out(now, items)
            self._beat(raw, items)
            return True
        function = block.function
        if function in blocks.ANSWERS:
            items.append(self._reader.answer(block, raw, self._session))
            return True
        if function == blocks.TEXT:
            if self._waiting is not None and len(self._waiting.raw) > MOST_GROUP:
                self._hand_out(now, items)
            if self._target is not None and self._target.turn.verdict is None:
                return False
        if self._answers.same_rejected(raw):
            self._answers.add(Turn(asks=block.wants_answer, verdict=Verdict.MALFORMED, raw=raw))
            return True
        if function == blocks.TEXT:
            self._text(block, raw, now, items)
            return True
        if function == blocks.WAIT:
            self._group_due = None if self._waiting is None else now.mono + GROUP_GAP_S
            self._acknowledge(block, raw)
            return True
        self._hand_out(now, items)
        self._target = None
        session = self._session
        if function in blocks.EVENTS:
            self._waiting = EventBlock(block, raw, [])
            if block.asks:
                self._hand_out(now, items)
            else:
                self._group_due = now.mono + GROUP_GAP_S
        elif function == blocks.ACCOUNT:
            session.name(block, raw)
            self._acknowledge(block, raw)
        elif function == blocks.ORIGIN:
            session.call(block, raw)
            self._acknowledge(block, raw)
        elif function == blocks.END and session.named and session.silent:
            self._emit(self._reader.alive(block, raw, session), Turn(asks=block.wants_answer, raw=raw), items)
            session.end()
        elif function in (blocks.END, blocks.ABORT):
            session.end()
            if function == blocks.END:
                self._repeats.moved_on()
            self._acknowledge(block, raw, clears=function == blocks.ABORT)
        else:
            asks = block.wants_answer and function != blocks.LOGIN
            arrival = self._reader.other(block, raw, session)
            self._emit(arrival, Turn(asks=asks, raw=raw), items, _content(session, block), now)
        return True

    def _beat(self, raw: bytes, items: list[Arrival | Noise]) -> None:
        account = galaxy.heartbeat_account(raw)
        if account is not None:
            self._emit(self._reader.beat(raw, account, "heartbeat"), Turn(asks=True, echo=raw), items)
            return
        account = galaxy.poll_account(raw)
        if account is not None:
            turn = Turn(asks=True, echo=galaxy.poll_reply(account))
            self._emit(self._reader.beat(raw, account, "F#"), turn, items)

    def _acknowledge(self, block: Block, raw: bytes, *, clears: bool = False) -> None:
        """A block that the end answers by itself."""
        self._answers.add(Turn(asks=block.wants_answer, verdict=Verdict.ALIVE, raw=raw, clears=clears))

    # Events and texts

    def _hand_out(self, now: Moment, items: list[Arrival | Noise], *, alone: bool = False) -> None:
        """Hand out the event that waits for texts, if one does. ``alone``: the group that it belongs to just ends."""
        event, self._waiting, self._group_due = self._waiting, None, None
        if event is None:
            return
        session = self._session
        arrival = self._reader.event(event, session, now)
        if alone:
            arrival = replace(arrival, findings=(*arrival.findings, FINDINGS["sia.group.not-asked"]))
        turn = Turn(asks=event.block.asks, raw=event.raw)
        arrival = self._emit(arrival, turn, items, _content(session, event.block, event.texts), now)
        self._target = None if arrival.kind is ArrivalKind.OPAQUE else _Target(arrival, turn)

    def _text(self, block: Block, raw: bytes, now: Moment, items: list[Arrival | Noise]) -> None:
        """A text block: of the event that waits for it, of one that was handed out, or of none."""
        event, target, session = self._waiting, self._target, self._session
        if event is not None:
            event.raw += raw
            if event.texts[-1:] != [block.data]:
                event.texts.append(block.data)
            event.block = replace(event.block, asks=block.asks)
            self._group_due = now.mono + GROUP_GAP_S
            if block.asks:
                self._hand_out(now, items)
            return
        turn = Turn(asks=block.wants_answer, raw=raw)
        content = _content(session, block)
        verdict = None if target is None else target.turn.verdict
        if target is None or (verdict in _GOOD and not target.takes_text):
            self._emit(self._reader.lone_text(block.data, raw, session), turn, items, content, now)
            return
        if verdict not in _GOOD:
            turn.verdict = verdict
            self._answers.add(turn)
            return
        if target.data == block.data and target.amendment is not None:
            amendment, before = replace(target.amendment, raw=raw), target.message
        else:
            amendment, before = self._reader.amendment(target.arrival, block.data, raw, session), None
        amendment = self._emit(amendment, turn, items, content, now, before)
        target.data, target.amendment, target.message = block.data, amendment, turn.message
        target.arrival = replace(target.arrival, signals=(*target.arrival.signals[:-1], *amendment.signals))

    def _emit(
        self,
        arrival: Arrival,
        turn: Turn,
        items: list[Arrival | Noise],
        content: bytes = b"",
        now: Moment | None = None,
        before: Message | None = None,
    ) -> Arrival:
        """Hand an arrival out, and keep its place in the order of answers. Returns it as handed out."""
        if now is not None:
            before = before or self._answers.said_before(content, now)
            nobody = arrival.kind is ArrivalKind.EVENT and not self._session.named
            message, again = self._repeats.message(content, now, unread=nobody, before=before)
            turn.message = message
            changes: dict[str, Any] = {"identity": identity_of(arrival, message), "reply": turn}
            if nobody and not again and not self._options.listen_only:
                # Without an identity: said again it is an event, and no copy of what was kept unread.
                changes |= {"kind": ArrivalKind.MALFORMED, "signals": (), "identity": None}
            elif arrival.kind is ArrivalKind.EVENT:
                if message.about is None:
                    message.about = Kept()
                changes["kept"] = message.about
            arrival = replace(arrival, **changes)
        else:
            arrival = replace(arrival, reply=turn)
        self._answers.add(turn)
        self.undecided += 1
        items.append(arrival)
        return arrival

    def _release(self) -> None:
        self._out += self._answers.release()


def _content(session: Session, block: Block, texts: Sequence[bytes] = ()) -> bytes:
    """What makes two messages the same."""
    said = b"%b\0%b%b" % (session.account.encode("latin-1"), block.function.encode("latin-1"), block.data)
    return b"\0".join((said, *texts)) if texts else said
