"""Both ends of SIA blocks talk to each other in memory, over a wire that loses, damages and cuts."""

from __future__ import annotations

import random

import pytest

from protocols.ends import LinkTest, Outcome, OutcomeKind
from protocols.lines.options import SourceOptions, Speaker
from protocols.model import ArrivalKind, Moment, Qualifier, Scheme, Signal
from protocols.sia.sending import SIASendingEnd
from protocols.sia.speaking import make_sending
from tests.protocols.sia_support import NAK, NOW, Desk, make_end

COUNT = 25


def burglary(number: int, text: str = "") -> Signal:
    return Signal(
        account="1234",
        scheme=Scheme.SIA,
        code="BA",
        qualifier=Qualifier.NEW,
        number=f"{number:03}",
        partition="1",
        text=text,
    )


def sender(**quirks: bool | int | str) -> SIASendingEnd:
    return make_sending(Speaker(account="1234", attempts=60, quirks=quirks))


def mistreat(data: bytes, rng: random.Random, faults: float, *, answers: bool) -> list[bytes]:
    """Pieces of the data. Blocks and answers have no numbers: no wire may double them, or let answers be late."""
    if rng.random() < faults:
        fault = rng.randrange(1 if answers else 4)
        if fault == 0:
            return []
        if fault == 1:
            at = rng.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        elif fault == 2:
            data = data[: rng.randrange(len(data))]
        else:
            data = rng.randbytes(rng.randrange(40)) + data
    at = rng.randrange(len(data) + 1)
    return [piece for piece in (data[:at], data[at:]) if piece]


def talk(panel: SIASendingEnd, station: Desk, rng: random.Random, faults: float) -> list[Outcome]:
    """Let both talk until nothing is on its way and no time-out is left."""
    outcomes: list[Outcome] = []
    now, answers = NOW, b""
    for _ in range(20_000):
        data = panel.data_to_send()
        for piece in mistreat(data, rng, faults, answers=False) if data else []:
            answers += station.hear(piece, now)
        if answers:
            for piece in mistreat(answers, rng, faults, answers=True):
                outcomes.extend(item for item in panel.receive(piece, now) if isinstance(item, Outcome))
            answers = b""
        elif not data:
            due = [time for time in (panel.next_timeout(), station.end.next_timeout()) if time is not None]
            if not due:
                return outcomes
            step = max(0.0, min(due) - now.mono)
            now = Moment(now.wall + step, now.mono + step)
            answers = station.wait(now)
            outcomes.extend(item for item in panel.expire(now) if isinstance(item, Outcome))
    raise AssertionError("the two never came to an end")


QUIRKS: list[dict[str, bool | int | str]] = [
    {},
    {"level": 1},
    {"level": 2, "form": "cooper", "account": "always"},
    {"group": True},
    {"end": False},
    {"text": "xsia"},
    {"repeat": 3},
    {"wrong_parity": 4},
    {"reverse_bit": True},
]


@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
def test_over_a_good_wire_everything_arrives_once_and_in_order(quirks: dict[str, bool | int | str]) -> None:
    panel, station = sender(**quirks), Desk(make_end())
    for number in range(COUNT):
        panel.submit(burglary(number, f"Zone {number}"), NOW)
    outcomes = talk(panel, station, random.Random(1), 0.0)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * COUNT
    numbers = [one.signals[0].number for one in station.stored if one.kind is ArrivalKind.EVENT]
    if "repeat" in quirks:  # a copy that comes behind our answer is a message of its own
        numbers = list(dict.fromkeys(numbers))
    assert numbers == [f"{number:03}" for number in range(COUNT)]
    if quirks.get("level", 3) == 3:
        texts = {one.signals[0].number: one.signals[0].text for one in station.stored}
        assert texts == {f"{number:03}": f"Zone {number}" for number in range(COUNT)}


@pytest.mark.parametrize("transport", ["tcp", "serial"])
@pytest.mark.parametrize("quirks", QUIRKS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_over_a_bad_wire_everything_acknowledged_is_stored(
    seed: int, quirks: dict[str, bool | int | str], transport: str
) -> None:
    panel, station = sender(**quirks), Desk(make_end(transport=transport))
    for number in range(COUNT):
        panel.submit(burglary(number, f"Zone {number}"), NOW)
    outcomes = talk(panel, station, random.Random(seed), 0.25)
    accepted = [outcome.ticket.message for outcome in outcomes if outcome.kind is OutcomeKind.ACCEPTED]
    numbers = {signal.number for one in station.stored if one.kind is ArrivalKind.EVENT for signal in one.signals}
    assert {message.number for message in accepted if isinstance(message, Signal)} <= numbers
    assert len(accepted) >= COUNT - 2
    assert station.end.undecided == 0


@pytest.mark.parametrize("edge", ["", "plain", "galaxy-old"])
def test_every_form_of_answer_is_heard(edge: str) -> None:
    panel, station = sender(old_answers=edge == "galaxy-old"), Desk(make_end(options=SourceOptions(edge=edge)))
    panel.submit(burglary(1, "Hall"), NOW)
    panel.submit(LinkTest("1234"), NOW)
    outcomes = talk(panel, station, random.Random(1), 0.0)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2


def test_a_poll_is_answered() -> None:
    panel, station = sender(link_test="poll"), Desk(make_end())
    panel.submit(LinkTest("1234"), NOW)
    assert [outcome.kind for outcome in talk(panel, station, random.Random(1), 0.0)] == [OutcomeKind.ACCEPTED]
    assert [one.kind for one in station.arrivals] == [ArrivalKind.LINK_TEST]


@pytest.mark.parametrize(
    "quirks", [{}, {"group": True}, {"end": False}, {"level": 1}, {"repeat": 2}, {"account": "always"}], ids=str
)
def test_a_panel_that_asks_for_no_answer_says_everything_and_waits_for_none(
    quirks: dict[str, bool | int | str],
) -> None:
    """Every event is stored with its account, though not a byte comes back."""
    panel, station = sender(ack_bit=False, **quirks), Desk(make_end())
    for number in range(3):
        panel.submit(burglary(number, f"Zone {number}"), NOW)
    outcomes: list[Outcome] = []
    for _ in range(50):
        assert station.hear(panel.data_to_send()) == b""
        outcomes += [item for item in panel.expire(NOW) if isinstance(item, Outcome)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 3
    assert outcomes[0].reason == "sent; it asks for no answer"
    assert panel.next_timeout() is None
    station.hang_up()
    numbers = [one.signals[0].number for one in station.stored if one.kind is ArrivalKind.EVENT]
    assert list(dict.fromkeys(numbers)) == ["000", "001", "002"]
    assert {one.account for one in station.stored} == {"1234"}


def test_a_heartbeat_that_asks_for_no_answer_holds_no_message_up() -> None:
    speaker = Speaker(account="1234", heartbeat_s=30.0, quirks={"ack_bit": False})
    panel = make_sending(speaker)
    panel.connected(NOW)
    panel.expire(Moment(NOW.wall + 30, NOW.mono + 30))
    assert panel.data_to_send()
    panel.submit(burglary(1), NOW)
    assert panel.data_to_send()


@pytest.mark.parametrize("quirks", [{"link_test": "poll"}, {"edge": "texecom"}], ids=str)
def test_what_is_answered_whatever_its_header_says_is_waited_for(quirks: dict[str, bool | int | str]) -> None:
    """A poll in text, and a line that wraps blocks."""
    panel = sender(ack_bit=False, **quirks)
    panel.submit(LinkTest("1234"), NOW)
    assert panel.awaited == panel.data_to_send()
    assert not panel.expire(NOW)
    assert panel.next_timeout() == NOW.mono + 2.5


def test_a_rejected_block_that_asked_for_nothing_is_said_again() -> None:
    """Some receivers answer all the same."""
    panel = sender(ack_bit=False)
    panel.submit(burglary(1), NOW)
    first = panel.data_to_send()
    assert panel.awaited == b""
    panel.receive(NAK, NOW)
    panel.expire(Moment(NOW.wall + 1, NOW.mono + 1))
    assert panel.data_to_send() == first
