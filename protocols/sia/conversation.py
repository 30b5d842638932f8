"""What a panel says block by block: events with their texts become arrivals, and every block has its answer.

* Session blocks (account, origin, end of data, wait, abort) are answered by themselves, once everything before them is
  decided. Acknowledgements, rejects, configuration, control and extended blocks and logins get no answer at all.
* A text block belongs to the event before it. Where that event asked for no answer, it is handed out together with its
  texts, at the latest after a pause of ``GROUP_GAP_S``. Where it asked, it went out at once, and its text is an
  amendment, handed out (and answered) only after the event's own verdict; what became of an event that was not taken,
  becomes of its text.
* An event before any account block is first rejected, so that its sender begins anew with the account. Said again, it
  is stored without an account: an alarm of nobody is better than none.
* A damaged block that asks for an answer is rejected, once for a run of noise. Where its repetition follows at once,
  that one's answer is enough; any other block behind it is rejected with it, and its repetition is the same message.

Repetitions are told as in :mod:`protocols.lines.repeating`; ``answers`` says what a data group adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from protocols.lines.repeating import Message, Repeats, identity_of, is_urgent
from protocols.model import Arrival, ArrivalKind, Kept, Moment, Noise, Verdict
from protocols.sia import blocks, damage, galaxy
from protocols.sia.answers import Answers, Turn, token_of
from protocols.sia.blocks import ASKS, Block, BlockError, asking, parse
from protocols.sia.findings import FINDINGS
from protocols.sia.reading import BlockReader, EventBlock
from protocols.sia.session import Session

GROUP_GAP_S = 4.0
"""The longest pause between two blocks of a data group."""
MOST_GROUP = 600
"""Bytes of an event with its texts, and characters of its text: a data group holds 500 bytes of data. Texts behind that
are kept by themselves."""
_GOOD = frozenset((Verdict.STORED, Verdict.DUPLICATE))

Items = list[Arrival | Noise]


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


class Conversation:
    """One for a connection or a serial line. What it hands out goes to the end of ``items``."""

    def __init__(
        self, reader: BlockReader, answers: Answers, repeats: Repeats, *, heard_only: bool, reject_damaged: bool
    ) -> None:
        """``heard_only``: nothing is ever answered, so that nothing is worth rejecting."""
        self._reader = reader
        self._answers = answers
        self._repeats = repeats
        self._heard_only = heard_only
        self._reject_damaged = reject_damaged
        self._session = Session()
        self._waiting: EventBlock | None = None
        """An event that asked for nothing: texts may follow."""
        self._target: _Target | None = None
        self.due: float | None = None
        """When no text can follow the event that waits for some, in monotonic seconds."""
        self.undecided = 0
        """Arrivals that have no verdict yet."""

    def take(self, raw: bytes, now: Moment, items: Items) -> bool:
        """Deal with one block, heartbeat or poll. False where it has to wait for a verdict."""
        try:
            block = parse(raw)
        except BlockError:
            self._hand_out(now, items)
            self._beat(raw, items)
            return True
        if block.function in blocks.ANSWERS:
            items.append(self._reader.answer(block, raw, self._session))
            return True
        is_text = block.function == blocks.TEXT
        if is_text:
            if self._waiting is not None and len(self._waiting.raw) > MOST_GROUP:
                self._hand_out(now, items)
            if self._target is not None and self._target.turn.verdict is None:
                return False
        if self._answers.same_rejected(raw):
            self._answers.add(Turn(asks=block.wants_answer, verdict=Verdict.MALFORMED, raw=raw))
        elif is_text:
            self._text(block, raw, now, items)
        elif block.function == blocks.WAIT:
            self.due = None if self._waiting is None else now.mono + GROUP_GAP_S
            self._acknowledge(block, raw)
        else:
            self._hand_out(now, items)
            self._target = None
            self._begin(block, raw, now, items)
        return True

    def noise(self, noise: Noise, found: bytes | None) -> bool:
        """What a run of noise means for the answers, now that it is known what follows it, None for silence. True where
        it is rejected by itself.

        No sender has two blocks that ask on their way, so noise and the block behind it have one answer. Noise inside a
        data group may have been one of its blocks, whether it looks like one or not: also the account of what follows,
        where accounts do not ask.
        """
        raw = noise.raw
        account = raw[1:2] == b"#" and (asking(raw) or damage.of_a_group(raw))
        if account or (not self._session.asked and noise.size >= blocks.SHORTEST):
            self._session.forget()
        grouped = self._waiting is not None or self._answers.grouped
        if found is None:
            if asking(raw) and self._reject_damaged:
                self._answers.add(Turn(asks=True, verdict=Verdict.MALFORMED))
                return True
            if grouped or damage.of_a_group(raw):
                self._answers.add(Turn(asks=False, verdict=Verdict.MALFORMED, raw=raw))
        elif grouped or (found[1:2] in damage.GROUPED and not found[0] & ASKS):
            self._answers.add(Turn(asks=False, verdict=Verdict.MALFORMED, raw=raw))
        elif asking(raw) and self._reject_damaged and not damage.repeats(raw, found):
            self._answers.add(Turn(asks=False, verdict=Verdict.MALFORMED, spoils=True))
        return False

    def silence(self, now: Moment, items: Items, *, ended: bool) -> None:
        """Nothing more is there: an event that waits for texts is handed out when none can follow."""
        if self._waiting is not None and (ended or (self.due is not None and now.mono >= self.due)):
            self._hand_out(now, items, alone=True)

    def decide(self, turn: Turn, verdict: Verdict) -> None:
        """The verdict on an arrival that was handed out."""
        turn.verdict = verdict
        turn.token = token_of(turn)
        self.undecided -= 1
        if turn.message is not None:
            self._repeats.settle(turn.message, verdict)

    # Blocks that belong to no event before them

    def _begin(self, block: Block, raw: bytes, now: Moment, items: Items) -> None:
        function, session = block.function, self._session
        if function in blocks.EVENTS:
            self._waiting = EventBlock(block, raw, [])
            if block.asks:
                self._hand_out(now, items)
            else:
                self.due = now.mono + GROUP_GAP_S
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
            self._message(arrival, Turn(asks=asks, raw=raw), items, _content(session, block), now)

    def _beat(self, raw: bytes, items: Items) -> None:
        account = galaxy.heartbeat_account(raw)
        if account is not None:
            self._emit(self._reader.beat(raw, account, "heartbeat"), Turn(asks=True, echo=raw), items)
            return
        account = galaxy.poll_account(raw)
        if account is not None:
            turn = Turn(asks=True, echo=galaxy.poll_reply(account))
            self._emit(self._reader.beat(raw, account, "F#"), turn, items)

    def _acknowledge(self, block: Block, raw: bytes, *, clears: bool = False) -> None:
        """A block that is answered by itself."""
        self._answers.add(Turn(asks=block.wants_answer, verdict=Verdict.ALIVE, raw=raw, clears=clears))

    # Events and their texts

    def _hand_out(self, now: Moment, items: Items, *, alone: bool = False) -> None:
        """Hand out the event that waits for texts, if one does. ``alone``: the group that it belongs to just ends."""
        event, self._waiting, self.due = self._waiting, None, None
        if event is None:
            return
        session = self._session
        arrival = self._reader.event(event, session, now)
        if alone:
            arrival = replace(arrival, findings=(*arrival.findings, FINDINGS["sia.group.not-asked"]))
        turn = Turn(asks=event.block.asks, raw=event.raw)
        arrival = self._message(arrival, turn, items, _content(session, event.block, event.texts), now)
        self._target = None if arrival.kind is ArrivalKind.OPAQUE else _Target(arrival, turn)

    def _text(self, block: Block, raw: bytes, now: Moment, items: Items) -> None:
        """A text block: of the event that waits for it, of one that was handed out, or of none."""
        event, target, session = self._waiting, self._target, self._session
        if event is not None:
            event.raw += raw
            if event.texts[-1:] != [block.data]:
                event.texts.append(block.data)
            event.block = replace(event.block, asks=block.asks)
            self.due = now.mono + GROUP_GAP_S
            if block.asks:
                self._hand_out(now, items)
            return
        turn = Turn(asks=block.wants_answer, raw=raw)
        content = _content(session, block)
        verdict = None if target is None else target.turn.verdict
        if target is None or (verdict in _GOOD and not target.takes_text):
            self._message(self._reader.lone_text(block.data, raw, session), turn, items, content, now)
            return
        if verdict not in _GOOD:
            turn.verdict = verdict
            self._answers.add(turn)
            return
        if target.data == block.data and target.amendment is not None:
            amendment, before = replace(target.amendment, raw=raw), target.message
        else:
            amendment, before = self._reader.amendment(target.arrival, block.data, raw, session), None
        amendment = self._message(amendment, turn, items, content, now, before)
        target.data, target.amendment, target.message = block.data, amendment, turn.message
        target.arrival = replace(target.arrival, signals=(*target.arrival.signals[:-1], *amendment.signals))

    # Arrivals

    def _message(
        self, arrival: Arrival, turn: Turn, items: Items, content: bytes, now: Moment, before: Message | None = None
    ) -> Arrival:
        """Hand out what may be a repetition: of ``before``, or as its content and time tell."""
        before = before or self._answers.said_before(content, now)
        nobody = arrival.kind is ArrivalKind.EVENT and not self._session.named
        message, again = self._repeats.message(content, now, unread=nobody, before=before, urgent=is_urgent(arrival))
        turn.message = message
        changes: dict[str, Any] = {"identity": identity_of(arrival, message)}
        if nobody and not again and not self._heard_only:
            # Without an identity: said again it is an event, and no copy of what was kept unread.
            changes = {"kind": ArrivalKind.MALFORMED, "signals": (), "identity": None}
        elif arrival.kind is ArrivalKind.EVENT:
            if message.about is None:
                message.about = Kept()
            changes["kept"] = message.about
        return self._emit(arrival, turn, items, **changes)

    def _emit(self, arrival: Arrival, turn: Turn, items: Items, **changes: Any) -> Arrival:
        """Hand an arrival out, and keep its place in the order of answers. Returns it as handed out."""
        arrival = replace(arrival, reply=turn, **changes)
        self._answers.add(turn)
        self.undecided += 1
        items.append(arrival)
        return arrival


def _content(session: Session, block: Block, texts: Sequence[bytes] = ()) -> bytes:
    """What makes two messages the same. A remote code does not: its digest is kept, and would give it away."""
    data = block.data if block.function != blocks.LOGIN else b""
    said = b"%b\0%b%b" % (session.account.encode("latin-1"), block.function.encode("latin-1"), data)
    return b"\0".join((said, *texts)) if texts else said
