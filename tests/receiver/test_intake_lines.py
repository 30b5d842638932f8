"""The intake on line protocols: messages without numbers, texts that come afterwards, lines of many panels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from protocols.ademco685 import WIRE as ADEMCO
from protocols.ends import Limits, Lookup, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder
from protocols.lines.receiving import FIRST, LineReceivingEnd, Reading
from protocols.lines.scanning import MORE, Found
from protocols.model import (
    Arrival,
    ArrivalKind,
    Identity,
    Kept,
    Moment,
    Noise,
    Qualifier,
    Scheme,
    Signal,
    Verdict,
)
from protocols.sia import WIRE as SIA
from protocols.sia.blocks import Block, build
from receiver.journal.entry import Body, Entry, EntryKind
from tests.receiver.test_intake import Desk, FakeLine

ACK, NAK = b"\x06", b"\x15"


def message(
    number: int = 1,
    content: bytes = b"a",
    kind: ArrivalKind = ArrivalKind.EVENT,
    account: str = "1234",
    code: str = "130",
    text: str = "",
    **fields: Any,
) -> Arrival:
    """As an end of a line protocol hands it out."""
    signal = Signal(
        account=account, scheme=Scheme.CONTACT_ID, code=code, qualifier=Qualifier.NEW, number="015", text=text
    )
    return Arrival(
        raw=b"raw " + content,
        protocol="surgard",
        kind=kind,
        account=account,
        receiver="01",
        line="3",
        signals=(signal,),
        identity=Identity(scope=f"surgard 01#{account}", number=number, content=content, fleeting=True),
        **fields,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, [{"account": "1234"}])


def stored(desk: Desk) -> list[Body]:
    """All that panels sent."""
    kinds = (EntryKind.SIGNAL, EntryKind.AMENDMENT, EntryKind.UNREAD)
    return [body for body in desk.journal.bodies if body.kind in kinds]


# Messages without numbers


def test_the_repetition_that_the_end_found_is_acknowledged_and_stored_once(desk: Desk) -> None:
    """It has the number of the message before it."""
    line = FakeLine()
    desk.send(line, message())
    desk.commit()
    desk.send(line, message())
    assert line.verdicts == [Verdict.STORED, Verdict.DUPLICATE]
    assert len(stored(desk)) == 1


@pytest.mark.parametrize("at_once", [False, True])
def test_a_second_press_is_stored_and_marked_as_a_repeat(desk: Desk, at_once: bool) -> None:
    """Under a number of its own, also while the first is still on its way to the disk; never as a number used twice."""
    line = FakeLine()
    desk.send(line, message(1))
    if not at_once:
        desk.commit()
    desk.send(line, message(2))
    desk.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.STORED]
    assert [(body.repeat, body.findings) for body in stored(desk)] == [(False, ()), (True, ())]


def test_a_repetition_of_a_message_on_its_way_to_the_disk_waits_for_the_same_commit(desk: Desk) -> None:
    """One entry, two answers, none before it is on disk."""
    line = FakeLine()
    desk.send(line, message(), message())
    assert line.verdicts == []
    desk.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.DUPLICATE]
    assert len(stored(desk)) == 1


def test_a_failed_store_leaves_no_trace(desk: Desk) -> None:
    """What is sent again then is the message, and no repeat."""
    line = FakeLine()
    desk.send(line, message(1), message(1))
    desk.commit(good=False)
    desk.send(line, message(2))
    desk.commit()
    assert line.verdicts == [Verdict.NOT_STORED, Verdict.NOT_STORED, Verdict.STORED]
    assert [body.repeat for body in stored(desk)] == [False]


def test_after_a_restart_equal_content_is_a_repeat_and_never_suppressed(desk: Desk, tmp_path: Path) -> None:
    """Even where an end of the new run has the very number that an end of the old one had."""
    desk.send(FakeLine(), message(7))
    desk.commit()
    (body,) = stored(desk)
    (tmp_path / "again").mkdir()
    again = Desk(tmp_path / "again", [{"account": "1234"}])
    again.intake.remember(Entry(1, 1, body, b"", int(desk.now.wall * 1e6)), again.now, at_start=True)
    line = FakeLine()
    again.send(line, message(7), message(8))
    again.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.STORED]
    assert [body.repeat for body in stored(again)] == [True, True]


def test_numbers_of_ends_say_nothing_about_those_of_panels(desk: Desk) -> None:
    """One account reports by DC-09, and by telephone through another receiver."""
    line = FakeLine()
    numbered = Identity(scope="L0#1234", number=1, content=b"n")
    by_ip = Arrival(b"ip", "dc09", ArrivalKind.EVENT, account="1234", prefix="0", identity=numbered)
    desk.send(line, by_ip, message(1))
    desk.commit()
    desk.send(line, by_ip, message(1, b"other"))
    desk.commit()
    assert line.verdicts == [Verdict.STORED, Verdict.STORED, Verdict.DUPLICATE, Verdict.STORED]
    assert [body.findings for body in stored(desk)] == [(), (), ()]


def test_receiver_and_line_are_kept_with_the_entry(desk: Desk) -> None:
    """And left out where there is none."""
    desk.send(FakeLine(), message())
    desk.commit()
    assert [(body.receiver, body.line, body.number_of_message) for body in stored(desk)] == [("01", "3", None)]


def test_what_could_not_be_read_is_unread_whatever_else_was_said(desk: Desk) -> None:
    """A text beside an event that cannot be read makes no event of it."""
    line = FakeLine()
    desk.send(line, message(kind=ArrivalKind.OPAQUE, code="", text="KITCHEN"))
    desk.commit()
    assert line.verdicts == [Verdict.STORED]
    assert [(body.kind, body.text) for body in stored(desk)] == [(EntryKind.UNREAD, "KITCHEN")]
    assert desk.intake.counters.unread == 1


# Amendments


class Reader(FakeLine):
    """Sees what the station filled in by the time of the verdict."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment) -> None:
        super().decide(arrival, verdict, now)
        self.seen.append(-1 if arrival.kept is None else arrival.kept.entry)


def amendment(kept: Kept | None, number: int = 2, content: bytes = b"text", text: str = "KITCHEN") -> Arrival:
    return message(number, content, ArrivalKind.AMENDMENT, text=text, amends=kept)


def test_an_amendment_names_the_entry_it_adds_to_and_is_answered_once_stored(desk: Desk) -> None:
    """The event's entry is known before its verdict is given; a waiting copy of it knows it, too."""
    line, kept, copy = Reader(), Kept(), Kept()
    desk.send(line, message(9, b"before"), message(1, kept=kept), message(1, kept=copy))
    desk.commit()
    assert line.seen == [-1, 2, 2]
    desk.send(line, amendment(kept))
    assert len(line.verdicts) == 3
    desk.commit()
    assert line.verdicts[3:] == [Verdict.STORED]
    added = stored(desk)[-1]
    assert (added.kind, added.amends, added.text, added.code, added.number) == (
        EntryKind.AMENDMENT,
        2,
        "KITCHEN",
        "130",
        "015",
    )
    assert (added.raw, added.account_key, added.line) == ("raw text", "1234", "3")
    assert desk.intake.counters.unread == 0


@pytest.mark.parametrize("kept", [Kept(), None])
def test_an_amendment_of_an_entry_nobody_knows_is_stored_all_the_same(desk: Desk, kept: Kept | None) -> None:
    """Its event was a duplicate, or is lost."""
    line = FakeLine()
    desk.send(line, amendment(kept))
    desk.commit()
    assert line.verdicts == [Verdict.STORED]
    assert [(body.kind, body.amends) for body in stored(desk)] == [(EntryKind.AMENDMENT, 0)]


def test_a_repeated_amendment_is_stored_once_and_a_failed_one_not_at_all(desk: Desk) -> None:
    """As any other message."""
    line, kept = FakeLine(), Kept(5)
    desk.send(line, amendment(kept))
    desk.commit(good=False)
    desk.send(line, amendment(kept, 3), amendment(kept, 3))
    desk.commit()
    desk.send(line, amendment(kept, 3))
    assert line.verdicts == [Verdict.NOT_STORED, Verdict.STORED, Verdict.DUPLICATE, Verdict.DUPLICATE]
    assert len(stored(desk)) == 1


def test_equal_texts_of_two_events_are_no_repeats(desk: Desk) -> None:
    """A repeat may be left out of lists, and each text is the second event's only one."""
    line = FakeLine()
    desk.send(line, amendment(Kept(5), 2), amendment(Kept(6), 3))
    desk.commit()
    assert [(body.amends, body.repeat) for body in stored(desk)] == [(5, False), (6, False)]


# Lines of many panels


class Toy:
    """``A1234 130`` and CR: an account and a code; no code is a heartbeat, one that is none cannot be read."""

    name = "toy"
    ack_s = 2.0
    filler = b"\r"
    longest = 40

    def __init__(self, finder: Finder | None = None) -> None:
        self._finder = finder
        self.known: list[str] = []

    def seek(self, buffer: bytes, at: int) -> int:
        found = buffer.find(b"A", at)
        return len(buffer) if found < 0 else found

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        end = buffer.find(b"\r", at)
        return MORE if end < 0 else end + 1 - at

    def guess(self, raw: bytes) -> str:
        return "garbage"

    def read(self, found: Found, now: Moment) -> Reading | Noise:
        account, _, code = found.raw[1:-1].decode("latin-1").partition(" ")
        if self._finder is not None:
            self.known.append(self._finder.dialect("1", account).account_key)
        signal = Signal(account=account, scheme=Scheme.CONTACT_ID, code=code, qualifier=Qualifier.NEW)
        kind = ArrivalKind.EVENT if code.isdigit() else ArrivalKind.MALFORMED
        if not code:
            kind = ArrivalKind.LINK_TEST
        signals = (signal,) if kind is ArrivalKind.EVENT else ()
        return Reading(Arrival(found.raw, self.name, kind, receiver="1", account=account, signals=signals), found.raw)

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        if verdict is Verdict.NOT_STORED:
            return b"", ""
        return (NAK, "NAK") if verdict in (Verdict.MALFORMED, Verdict.REFUSED) else (ACK, "ACK")


class Wire(FakeLine):
    """A real end, and what it wrote."""

    def __init__(self, adapter: str = "line", lookup: Lookup | None = None, first: int = 0, **options: Any) -> None:
        super().__init__()
        self.source = Source(adapter, "toy", "192.0.2.1:1", "192.0.2.1")
        settled = SourceOptions(**options)
        self.reader = Toy(Finder(self.source, lookup, settled) if lookup is not None else None)
        self.end = LineReceivingEnd(self.source, self.reader, first=first, options=settled)  # type: ignore[assignment]


def say(desk: Desk, wire: Wire, data: bytes) -> bytes:
    """What a panel's line hears for what it says, once the disk has it."""
    end: Any = wire.end
    desk.intake.handle(end.receive(data, desk.now), wire, desk.now)
    before = end.data_to_send()
    desk.commit()
    return bytes(before + end.data_to_send())


def test_what_is_behind_a_message_nobody_understands_is_stored_and_answered(desk: Desk) -> None:
    """Also in the same segment; said again it is taken as it is, and said once more afterwards it is a new one."""
    wire = Wire()
    assert say(desk, wire, b"A1234 ?!\rA1234 130\r") == NAK + ACK
    assert say(desk, wire, b"A1234 ?!\r") == NAK
    assert say(desk, wire, b"A1234 ?!\r") == ACK
    assert say(desk, wire, b"A1234 ?!\rA1234 131\r") == NAK + ACK
    kinds = [(body.kind.value, body.code, body.repeat) for body in stored(desk)]
    assert kinds[:2] == [("unread", "", False), ("signal", "130", False)]
    assert kinds[2:] == [("unread", "", True), ("unread", "", True), ("signal", "131", False)]


def test_a_refused_account_stops_no_line(tmp_path: Path) -> None:
    """It must encrypt, and no line protocol can: refused; said again, kept as unread, as it may have been a panic."""
    desk = Desk(tmp_path, [{"account": "1234"}, {"account": "5001", "key": "11" * 16}])
    wire = Wire()
    assert say(desk, wire, b"A5001 120\rA1234 130\r") == NAK + ACK
    assert say(desk, wire, b"A5001 120\r") == NAK
    assert [body.code for body in desk.events()] == ["130"]
    assert say(desk, wire, b"A5001 120\rA1234 131\r") == ACK + ACK
    kept = [(body.kind.value, body.account_key, body.code) for body in stored(desk)[1:]]
    assert kept == [("unread", "5001", ""), ("signal", "1234", "131")]
    assert {body.code for body in desk.security()} == {"security.plain"}
    # Pressed again it is a message of its own.
    assert say(desk, wire, b"A5001 120\r") == NAK
    assert say(desk, wire, b"A5001 120\r") == ACK
    assert [(body.kind.value, body.repeat) for body in stored(desk)[3:]] == [("unread", True)]


def test_a_stranger_where_they_are_not_taken_stops_no_line(tmp_path: Path) -> None:
    """Refused, and kept as unread when it is said again. The heartbeat of the line itself is nobody's, and answered."""
    desk = Desk(tmp_path, [{"account": "1234"}], silent_to_strangers=True)
    wire = Wire()
    assert say(desk, wire, b"A\r") == ACK
    assert say(desk, wire, b"A9999 130\r") == NAK
    assert say(desk, wire, b"A9999 130\rA1234 130\r") == ACK + ACK
    assert [(body.kind, body.account) for body in stored(desk)] == [("unread", "9999"), ("signal", "1234")]
    assert {body.code for body in desk.security()} == {"security.unknown-account"}


def test_where_nothing_is_answered_what_is_refused_is_kept_at_once(tmp_path: Path) -> None:
    """Nobody hears a tap refuse, so nobody says it again: it may be the panic of a protected account.

    A stranger that is not taken stops no line there, and another system answers for it.
    """
    rows = [{"account": "1234"}, {"account": "5001", "key": "11" * 16}]
    desk = Desk(tmp_path, rows, silent_to_strangers=True, listen_only={"tap"})
    tap = Wire("tap", listen_only=True)
    assert say(desk, tap, b"A9999 120\rA5001 120\rA1234 130\r") == b""
    assert say(desk, tap, b"A9999 120\r") == b""
    kept = [(body.kind.value, body.account, body.code) for body in stored(desk)]
    assert kept == [("unread", "5001", ""), ("signal", "1234", "130")]
    assert {body.code for body in desk.security()} == {"security.unknown-account", "security.plain"}
    # On a line that answers they are refused first, as ever.
    assert say(desk, Wire(), b"A9999 121\rA5001 121\r") == NAK + NAK


def test_an_account_that_leaves_its_zone_open_has_that_of_the_source(tmp_path: Path) -> None:
    """And its encoding; what stands with the account goes before it."""
    desk = Desk(tmp_path, [{"account": "1"}, {"account": "2", "time_zone": "Asia/Tokyo", "encoding": "koi8-r"}])
    settled = SourceOptions(time_zone="Asia/Almaty", encoding="cp866")
    for options, account, expected in (
        (settled, "1", ("Asia/Almaty", "cp866")),
        (settled, "2", ("Asia/Tokyo", "koi8-r")),
        (settled, "3", ("Asia/Almaty", "cp866")),
        (SourceOptions(), "1", ("UTC", "utf-8")),
    ):
        finder = Finder(Source("line", "toy", "192.0.2.1:1", "192.0.2.1"), desk.book.dialect, options)
        found = finder.dialect("1", account)
        assert (found.time_zone, found.encoding) == expected


def test_a_stranger_by_dc09_without_an_account_is_not_answered(tmp_path: Path) -> None:
    """Whoever looks for receivers finds none."""
    desk = Desk(tmp_path, silent_to_strangers=True)
    line = FakeLine()
    desk.send(line, Arrival(b"", "dc09", ArrivalKind.LINK_TEST))
    assert line.verdicts == [Verdict.REFUSED]


def test_six_presses_of_a_panic_button_on_a_serial_line_are_six_entries(desk: Desk) -> None:
    """Each was acknowledged, and each comes at the time at which a sender without an answer repeats."""
    source = Source("serial", "ademco685", "serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0", transport="serial")
    end = ADEMCO.receiving(source, desk.book.dialect, options=SourceOptions(), limits=Limits(), first=FIRST)
    line: Any = FakeLine()
    line.end, line.source = end, source
    answers = b""
    for _ in range(6):
        desk.time += 2.0
        desk.send(line, *end.receive(b"\n01 1234 18 E120 01 C015\r", desk.now))
        desk.commit()
        answers += end.data_to_send()
    assert answers == ACK * 6
    assert [body.repeat for body in stored(desk)] == [False] + [True] * 5


# Accounts


def test_equal_numbers_of_two_sources_are_two_accounts(tmp_path: Path) -> None:
    """Told apart by the adapter that they came by, or by the number of the receiver."""
    rows = [
        {"account": "1234", "adapter": "north"},
        {"account": "1234", "adapter": "south"},
        {"account": "77", "receiver": "2"},
        {"account": "77"},
    ]
    desk = Desk(tmp_path, rows)
    lookup = desk.book.dialect
    # Their ends may even have the same numbers.
    north, south = Wire("north", lookup), Wire("south", lookup)
    assert (say(desk, north, b"A1234 130\r"), say(desk, south, b"A1234 130\r")) == (ACK, ACK)
    assert [(body.account_key, body.repeat) for body in stored(desk)] == [
        ("1234@north", False),
        ("1234@south", False),
    ]
    assert (north.reader.known, south.reader.known) == (["1234@north"], ["1234@south"])
    assert desk.book.accounts.wherever("2", None, "0077").account_key == "R2#77"  # type: ignore[union-attr]
    assert desk.book.accounts.wherever("01", None, "77").account_key == "77"  # type: ignore[union-attr]
    assert desk.book.accounts.wherever("1", None, "1234") is None
    say(desk, north, b"A5555 130\r")
    assert (stored(desk)[-1].account_key, stored(desk)[-1].unknown) == ("?R1L0#5555", True)
    assert desk.strangers == ["5555"]


def test_the_account_offset_of_a_source_leads_to_the_shifted_account(tmp_path: Path) -> None:
    """For keys, names, memory and supervision alike; what came on the wire stays in the raw bytes."""
    desk = Desk(tmp_path, [{"account": "1234"}, {"account": "51234"}])
    wire = Wire(lookup=desk.book.dialect, first=FIRST, account_offset=50_000)
    assert say(desk, Wire(), b"A1234 130\r") == ACK
    assert say(desk, wire, b"A1234 130\r") == ACK
    assert [(body.account_key, body.account, body.header_account) for body in stored(desk)] == [
        ("1234", "1234", "1234"),
        ("51234", "51234", "51234"),
    ]
    assert stored(desk)[1].raw == "A1234 130\r"
    assert desk.proven == ["1234", "51234"]
    assert wire.reader.known == ["51234"]


def test_blocks_that_no_answer_acknowledges_do_not_fill_the_disk(desk: Desk) -> None:
    """Commands, their answers and log-ins; so many a minute are kept, the next tells how many were not. Events stay."""
    source = Source("ip", "sia", "192.0.2.7:41122", "192.0.2.7")
    end = SIA.receiving(source, desk.book.dialect, options=SourceOptions(), limits=Limits(), first=FIRST)
    line: Any = FakeLine()
    line.end, line.source = end, source

    def say(*blocks: Block) -> bytes:
        desk.send(line, *end.receive(b"".join(map(build, blocks)), desk.now))
        desk.commit()
        return bytes(end.data_to_send())

    say(Block("#", b"1234"))
    for number in range(200):
        for function in "CX?@":
            assert say(Block(function, b"%04d" % number)) == b""
    kept = [body for body in stored(desk) if body.kind is EntryKind.UNREAD]
    assert len(kept) == 10
    assert say(Block("N", b"BA1")) != b""
    assert stored(desk)[-1].code == "BA"
    desk.time += 61
    say(Block("C", b"SA1*1"))
    assert stored(desk)[-1].count == 790
