"""RSP: an acknowledgement that brings data, commands or a new key (DC-09 2021, table of extended data)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocols.dc09 import Quirks, SendingEnd, UnsendableError, writing
from protocols.ends import LinkTest, Outcome, OutcomeKind, Response
from protocols.model import Arrival, ArrivalKind, Edition, Moment, Noise, Protection, Qualifier, Scheme, Signal, Verdict
from tests.protocols.dc09_support import KEY, NOW, STAMP, VECTORS, Numbers, frame, only, receiver, sender

BURGLARY = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
NEW_KEY = bytes(range(100, 132))
THIRD_KEY = bytes(range(50, 74))


def later(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def rsp(content: bytes, key: bytes | None = None, sequence: int = 1, token: bytes = b"RSP") -> bytes:
    echo = b"%04dL0#1234" % sequence
    if key is None:
        return frame(writing.plain_body(token, echo, content))
    return frame(writing.secret_body(token, echo, b"|" + content + STAMP, key, bytes, long_pad=False))


def changing(to: bytes, under: bytes | None, sequence: int = 1, token: bytes = b"RSP") -> bytes:
    return rsp(b"][K%b]" % to.hex().encode(), under, sequence, token)


def accepted(end: SendingEnd, answer: bytes, now: Moment = NOW) -> Response | None:
    (outcome,) = end.receive(answer, now)
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.ACCEPTED
    return outcome.response


def begun(**options: Any) -> SendingEnd:
    end = sender(**options)
    end.submit(BURGLARY, NOW)
    end.data_to_send()
    return end


def key_of(data: bytes, *keys: bytes) -> bytes:
    """The key that a frame is under."""
    for key in keys:
        if only(receiver(key).receive(data, NOW)).protection is Protection.KEYED:
            return key
    raise AssertionError(data)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize(
    ("content", "response"),
    [
        (b"]", Response()),
        (b"#1234|]", Response()),
        (b"#1234|COR1*1]", Response("COR1*1")),
        (b"#1234|COR1*1|PTI][P7][P8][Qx]", Response("COR1*1|PTI", {"P": ["7", "8"], "Q": ["x"]})),
        (b"COR1*1]", Response("COR1*1")),
        (b"#1234|caf\xe9][I\xd0\x97]", Response("caf\xe9", {"I": ["\u0417"]})),
    ],
)
def test_what_an_rsp_brings_is_in_the_outcome(key: bytes | None, content: bytes, response: Response) -> None:
    """What follows the account, and extended data by letter."""
    assert accepted(begun(key=key), rsp(content, key)) == response


def test_an_ack_brings_nothing() -> None:
    """Whatever stands in it: one receiver writes the key into its acknowledgements."""
    end = begun(key=KEY)
    assert accepted(end, changing(NEW_KEY, KEY, token=b"ACK")) is None
    assert end.key == KEY


@pytest.mark.parametrize("id_", ["W28", "W29"])
def test_captured_responses_are_taken(id_: str) -> None:
    """Shape examples in the clear."""
    numbers = Numbers()
    numbers.next = 44
    end = begun(account="080027E62A64", prefix="1234", receiver="C0FFD", counters=numbers)
    response = accepted(end, VECTORS[id_].frame)
    assert response is not None
    assert response.content == ("NHB0003" if id_ == "W28" else "NZZOR0003")
    assert response.extended == ({"X": ["115000"]} if id_ == "W28" else {})


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_an_rsp_to_a_link_test_counts_too(key: bytes | None) -> None:
    """It stands wherever an ACK does."""
    end = sender(key=key)
    end.submit(LinkTest("1234"), NOW)
    assert accepted(end, rsp(b"#1234|CSA1*0]", key, 0)) == Response("CSA1*0")


@pytest.mark.parametrize("new", [NEW_KEY[:16], NEW_KEY[:24], NEW_KEY])
def test_a_new_key_is_used_from_the_next_message_on(new: bytes) -> None:
    """Those that were queued before it came, too; the owner can ask for it."""
    end = begun(key=KEY)
    end.submit(BURGLARY, NOW)
    end.submit(BURGLARY, NOW)
    response = accepted(end, changing(new, KEY))
    assert response == Response(key=new)
    assert end.key == new
    for sequence in (2, 3):
        assert key_of(end.data_to_send(), KEY, new) == new
        accepted(end, rsp(b"]", new, sequence))


def test_a_key_may_be_written_in_capitals() -> None:
    """Hex digits of either case."""
    end = begun(key=KEY)
    accepted(end, rsp(b"][K%b]" % (b"\xab" * 16).hex().upper().encode(), KEY))
    assert end.key == b"\xab" * 16


@pytest.mark.parametrize(
    "value", [b"", b"00", b"zz" * 16, b"ab" * 15, b"ab" * 20, b"ab" * 33, b" " + b"ab" * 16, b"\xff" * 32, b"a" * 33]
)
def test_what_is_no_key_changes_nothing(value: bytes) -> None:
    """Other lengths, other characters; it is not shown as data either."""
    end = begun(key=KEY)
    assert accepted(end, rsp(b"#1234|x][K%b][P1]" % value, KEY)) == Response("x", {"P": ["1"]})
    assert end.key == KEY


def test_a_key_in_the_clear_is_not_believed() -> None:
    """Nor shown: the panel does not encrypt, or the answer does not."""
    end = begun()
    assert accepted(end, changing(NEW_KEY, None)) == Response()
    assert end.key is None
    end = begun(key=KEY)
    (noise,) = end.receive(changing(NEW_KEY, None), NOW)
    assert isinstance(noise, Noise)
    assert noise.guess == "dc09.answer-in-the-clear"
    assert end.key == KEY
    assert end.unfinished


def test_a_key_under_a_former_key_is_not_believed() -> None:
    """Whoever has learnt the former one cannot take the panel over; the answer itself still counts."""
    end = begun(key=KEY)
    accepted(end, changing(NEW_KEY, KEY))
    end.submit(BURGLARY, NOW)
    assert accepted(end, changing(THIRD_KEY, KEY, 2)) == Response()
    assert end.key == NEW_KEY
    end.submit(BURGLARY, NOW)
    assert accepted(end, changing(THIRD_KEY, NEW_KEY, 3)) == Response(key=THIRD_KEY)
    assert end.key == THIRD_KEY


def test_a_key_that_comes_with_an_answer_to_no_message_is_not_believed() -> None:
    """A late one, another account's, or one played back to another number."""
    end = begun(key=KEY)
    assert end.receive(changing(NEW_KEY, KEY, 2), NOW) == []
    assert end.key == KEY
    accepted(end, rsp(b"]", KEY))
    assert end.receive(changing(NEW_KEY, KEY), NOW) == []
    assert end.key == KEY


def test_answers_under_the_former_key_count_for_the_time_of_grace() -> None:
    """And not a second longer."""
    for wait, counts in ((59.9, True), (60.0, False)):
        end = begun(key=KEY, key_grace_s=60.0)
        accepted(end, changing(NEW_KEY, KEY))
        end.submit(BURGLARY, later(wait))
        items = end.receive(rsp(b"]", KEY, 2), later(wait))
        assert [type(item) for item in items] == [Outcome if counts else Noise]
        assert bool(end.unfinished) is not counts


def test_a_key_given_by_the_owner_is_as_one_from_the_receiver() -> None:
    """For what is on its way on another path; the time of grace begins with the next message."""
    end = begun(key=KEY, key_grace_s=60.0)
    end.key = NEW_KEY
    assert accepted(end, rsp(b"]", KEY)) == Response()
    end.submit(BURGLARY, later(30))
    assert key_of(end.data_to_send(), KEY, NEW_KEY) == NEW_KEY
    assert len(end.receive(rsp(b"]", KEY, 2), later(61))) == 1
    assert end.unfinished
    with pytest.raises(UnsendableError):
        end.key = b"short"
    assert end.key == NEW_KEY


def test_a_repetition_is_under_the_new_key() -> None:
    """The message that was on its way when the key changed over another path."""
    end = begun(key=KEY)
    end.key = NEW_KEY
    end.expire(later(10))
    assert key_of(end.data_to_send(), KEY, NEW_KEY) == NEW_KEY


def test_the_key_goes_along_to_the_next_end() -> None:
    """With the messages that are left."""
    first = begun(key=KEY)
    first.submit(BURGLARY, NOW)
    accepted(first, changing(NEW_KEY, KEY))
    (ticket,) = first.unfinished
    second = sender(key=KEY)
    second.key = first.key
    second.submit(ticket.message, NOW, ticket)
    data = second.data_to_send()
    assert key_of(data, KEY, NEW_KEY) == NEW_KEY
    station = receiver(NEW_KEY)
    arrival = only(station.receive(data, NOW))
    assert isinstance(arrival, Arrival)
    station.decide(arrival, Verdict.STORED, NOW)
    accepted(second, station.data_to_send())


def test_many_changes_leave_few_keys_behind() -> None:
    """A receiver that changes its mind with every answer does not make the panel try hundreds."""
    end = begun(key=KEY)
    key = KEY
    for number in range(1, 50):
        following = bytes([number]) * 16
        accepted(end, changing(following, key, number))
        key = following
        end.submit(BURGLARY, NOW)
    (noise,) = end.receive(rsp(b"]", KEY, 50), NOW)
    assert isinstance(noise, Noise)
    assert accepted(end, rsp(b"]", bytes([47]) * 16, 50)) == Response()


values = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="[]"), max_size=20)
responses = st.builds(
    Response,
    content=values,
    extended=st.dictionaries(st.sampled_from("APQXZ"), st.lists(values, min_size=1, max_size=2), max_size=2),
    key=st.sampled_from([None, NEW_KEY, NEW_KEY[:24], NEW_KEY[:16]]),
)


@settings(max_examples=200, deadline=None)
@given(responses, st.sampled_from([None, KEY]), st.booleans(), st.sampled_from(list(Edition)), st.booleans())
def test_what_the_station_sends_along_arrives(
    response: Response, key: bytes | None, header_account: bool, edition: Edition, pieces: bool
) -> None:
    """Both ends agree, whole and byte by byte; the next message is under the new key."""
    if key is None:
        response = replace(response, key=None)
    panel = sender(key=key, edition=edition, quirks=Quirks(header_account=header_account))
    station = receiver(*([] if key is None else [key, *([response.key] if response.key else [])]))
    panel.submit(BURGLARY, NOW)
    panel.submit(BURGLARY, NOW)
    station.decide(only(station.receive(panel.data_to_send(), NOW)), Verdict.STORED, NOW, response)
    answer = station.data_to_send()
    items: list[Outcome | Noise] = []
    for piece in [bytes([byte]) for byte in answer] if pieces else [answer]:
        items.extend(panel.receive(piece, NOW))
    (outcome,) = items
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.response) == (OutcomeKind.ACCEPTED, response)
    assert panel.key == (response.key or key)
    arrival = only(station.receive(panel.data_to_send(), NOW))
    assert (arrival.sequence, arrival.kind) == ("0002", ArrivalKind.EVENT)


def test_no_key_is_shown() -> None:
    """Neither by the end nor by what came of its message."""
    end = begun(key=KEY)
    (outcome,) = end.receive(changing(NEW_KEY, KEY), NOW)
    shown = repr(outcome) + str(outcome) + repr(end) + repr(end.__dict__)
    for key in (KEY, NEW_KEY):
        assert key.hex() not in shown.lower()
        assert repr(key)[2:-1] not in shown
