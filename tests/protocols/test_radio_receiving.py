"""The centre's end of radio: what it believes, what it answers, and that nothing it hears can hurt it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.datagram import FROM_CENTRE, Type
from protocols.datagram.payloads import Ack, ContactId, Poll, PollReply, Result, SyncRequest, Test
from protocols.ends import Limits, Response
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Noise, Protection, Verdict
from protocols.radio import WIRE
from protocols.radio.book import Ways, counter_name
from protocols.radio.options import Level, RadioOptions
from protocols.radio.receiving import NoRadioError
from tests.protocols.radio_support import (
    KEY,
    KEY2,
    NETWORK,
    SOURCE,
    Centre,
    at,
    entry,
    framed,
    modem,
    only,
    options,
    said,
    sealed,
    split,
    unit,
)

BURGLARY = ContactId("1", "130", "01", "015")
MODEMS = [options(), modem(), modem(0), modem(level=Level.TRAILING_BYTE)]


def one(centre: Centre, datagram: bytes, now: float = 1.0, *, decide: bool = True) -> Arrival:
    """What a datagram becomes."""
    (item,) = centre.hear(framed(centre.settings, datagram), now, decide=decide)
    assert isinstance(item, Arrival)
    return item


def answer(centre: Centre, now: float = 2.0) -> list[bytes]:
    """What leaves then."""
    found = []
    for step in range(20):
        centre.end.expire(at(now + step / 10))
        found += [datagram for datagram, _ in split(centre.settings, centre.end.data_to_send())]
    return found


@pytest.fixture
def centre() -> Centre:
    return Centre(options(), [unit()])


def test_an_event_is_read_with_everything_that_is_known_of_it(centre: Centre) -> None:
    datagram = sealed(ContactId("1", "130", "01", "015", 1767355000, old=True), 7, flags=0x02)
    found = one(centre, datagram)
    assert (found.kind, found.token, found.account, found.sequence) == (ArrivalKind.EVENT, "EVENT", "1234", "7")
    (signal,) = found.signals
    assert (signal.account, signal.code, signal.partition, signal.number, signal.occurred_at, signal.old) == (
        "1234",
        "130",
        "01",
        "015",
        1767355000.0,
        True,
    )
    assert found.raw == datagram
    assert (found.protection, found.dialect, found.timely) == (Protection.KEYED, "aes-ccm-8", True)
    assert found.counter is not None
    assert (found.counter.window, found.counter.number) == ("0a01/00001234/1", 7)
    assert found.counter.mark == datagram[-8:-4]
    assert found.air is not None
    assert found.air.low_battery
    assert found.identity is None
    assert b"\x00\x01\x02\x03\x04\x05" not in repr(found).encode()


@pytest.mark.parametrize(
    ("payload", "kind", "codes"),
    [
        (b"18E13001015", ArrivalKind.EVENT, ["130"]),
        (b"\x02\x00Nri1/BA015", ArrivalKind.EVENT, ["BA"]),
        (b'\x0a70B80027"ADM-CID"0007L0#1234[#1234|1130 01 015]\r', ArrivalKind.EVENT, ["130"]),
        (b"\x0aRUBBISH\r", ArrivalKind.MALFORMED, []),
        (b"\x77", ArrivalKind.MALFORMED, []),
        (b"", ArrivalKind.MALFORMED, []),
    ],
)
def test_every_form_of_an_event_is_read(centre: Centre, payload: bytes, kind: ArrivalKind, codes: list[str]) -> None:
    """And what cannot be read is kept, and acknowledged as that."""
    found = one(centre, sealed(payload, 0))
    assert (found.kind, [signal.code for signal in found.signals]) == (kind, codes)
    (ack,) = answer(centre)
    assert said(ack) == Ack(0, Result.STORED if codes else Result.NOT_UNDERSTOOD)


REFUSED = [
    ("forged", "1234", sealed(BURGLARY, 0)[:-1] + b"\0"),
    ("forged", "1234", sealed(BURGLARY, 0, flags=2)[:1] + b"\0" + sealed(BURGLARY, 0, flags=2)[2:]),
    ("forged", "1234", sealed(BURGLARY, 0) + b"\0"),
    ("unknown", "1234", sealed(BURGLARY, 0, key=KEY2)),
    ("unknown", "", sealed(BURGLARY, 0, station=0x4321)),
    ("foreign", "", sealed(BURGLARY, 0, network=0x0A02)),
]


@pytest.mark.parametrize("settings_", MODEMS, ids=["kiss", "parity", "plain", "level"])
@pytest.mark.parametrize(("why", "account", "datagram"), REFUSED)
def test_what_must_not_be_believed_is_named_and_never_answered(
    settings_: RadioOptions, why: str, account: str, datagram: bytes
) -> None:
    """Whatever verdict somebody may give it. It teaches nothing of the unit either."""
    centre = Centre(settings_, [unit()])
    data = framed(settings_, datagram) + (b"\x50" if settings_.level is Level.TRAILING_BYTE else b"")
    (item,) = centre.hear(data, 1.0, decide=False)
    assert isinstance(item, Arrival)
    assert (item.refused, item.account, item.signals, item.plain) == (why, account, (), b"")
    assert (item.kind, item.protection, item.counter) == (ArrivalKind.OPAQUE, Protection.FAILED, None)
    assert getattr(centre.channel.counted, why) == 1
    centre.end.decide(item, Verdict.STORED, at(1.0))
    assert answer(centre) == []
    assert centre.end.undecided == 0
    assert (centre.channel.polls.heard_at(0x1234), centre.channel.where) == (None, {})


def test_what_a_centre_says_is_noise_to_it(centre: Centre) -> None:
    """Our own acknowledgement by way of a digipeater, or somebody who plays it back."""
    for payload in (Ack(0, Result.STORED), Poll()):
        (item,) = centre.hear(framed(options(), sealed(payload, 0)), 1.0)
        assert isinstance(item, Noise)
        assert item.guess == "radio.centre"
    assert centre.channel.counted.centre == 2
    (item,) = centre.hear(framed(options(), b"\x11" * 10), 1.0)
    assert isinstance(item, Noise)
    assert item.guess == "radio.garbled"


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.STALE, Verdict.NOT_STORED])
def test_only_what_is_kept_is_answered(centre: Centre, verdict: Verdict) -> None:
    found = one(centre, sealed(BURGLARY, 0), decide=False)
    assert answer(centre) == []
    centre.end.decide(found, verdict, at(2.0))
    assert answer(centre) == []
    assert centre.end.answer(found) == ""


def test_an_acknowledgement_leaves_only_after_the_verdict(centre: Centre) -> None:
    found = one(centre, sealed(BURGLARY, 0), decide=False)
    assert answer(centre, 2.0) == []
    centre.end.decide(found, Verdict.STORED, at(10.0))
    assert [said(each) for each in answer(centre, 10.0)] == [Ack(0, Result.STORED)]
    assert centre.end.answer(found) == "ACK"
    centre.end.decide(found, Verdict.STORED, at(20.0))
    assert answer(centre, 20.0) == []


def test_a_response_cannot_be_carried(centre: Centre) -> None:
    """And the arrival is still undecided then."""
    found = one(centre, sealed(BURGLARY, 0), decide=False)
    with pytest.raises(ValueError, match="without a response"):
        centre.end.decide(found, Verdict.STORED, at(2.0), Response("x"))
    assert centre.end.undecided == 1


def test_copies_that_come_while_the_answer_waits_get_one(centre: Centre) -> None:
    datagram = sealed(BURGLARY, 0)
    for _ in range(5):
        one(centre, datagram)
    assert len(answer(centre)) == 1
    assert len(centre.copies) == 4


def test_a_copy_of_a_test_is_answered_as_a_test(centre: Centre) -> None:
    for now in (1.0, 10.0):
        one(centre, sealed(Test(), 3), now)
        assert [said(each) for each in answer(centre, now)] == [Ack(3, Result.ALIVE)]


def test_a_copy_does_not_prove_that_the_unit_is_there(centre: Centre) -> None:
    one(centre, sealed(Test(), 3), 1.0)
    one(centre, sealed(Test(), 3), 50.0)
    assert centre.channel.polls.heard_at(0x1234) == 1.0


def test_what_could_not_be_sent_in_time_is_dropped(centre: Centre) -> None:
    """The unit has repeated meanwhile."""
    one(centre, sealed(BURGLARY, 0), 1.0)
    centre.channel.access.busy(1.0, True)
    centre.channel.access.busy(40.0, False)
    assert answer(centre, 40.0) == []
    assert centre.channel.counted.given_up == 1
    one(centre, sealed(BURGLARY, 0), 50.0)
    assert len(answer(centre, 50.0)) == 1


def test_a_unit_that_hears_nothing_is_not_answered() -> None:
    centre = Centre(options(), [unit(ways=Ways.ONE)])
    for number, payload in enumerate((BURGLARY, Test(), SyncRequest(bytes(8)))):
        one(centre, sealed(payload, number))
    assert answer(centre) == []


def test_an_answer_goes_back_the_way_the_datagram_came(centre: Centre) -> None:
    """To the source, over the same digipeaters backwards; frames of other PIDs are not ours."""
    from protocols import ax25, kiss
    from protocols.ax25 import Address, UiFrame

    path = (Address("RPT", 1, repeated=True), Address("RPT", 2, repeated=True))
    ui = UiFrame(Address("PCN"), Address("OBJ123", 7), path, sealed(BURGLARY, 0))
    (item,) = centre.hear(kiss.frame(ax25.encode(ui)), 1.0)
    assert isinstance(item, Arrival)
    assert item.air is not None
    assert item.air.hops == 2
    centre.end.data_to_send()
    centre.end.expire(at(2.0))
    back = ax25.decode(kiss.read(kiss.Deframer().feed(centre.end.data_to_send())[0]).data)
    assert (str(back.destination), str(back.source)) == ("OBJ123-7", "PCN")
    assert [str(each) for each in back.path] == ["RPT-2", "RPT-1"]
    assert not any(each.repeated for each in back.path)
    (other,) = centre.hear(kiss.frame(ax25.encode(UiFrame(ui.destination, ui.source, path, ui.info, pid=0xCF))), 3.0)
    assert isinstance(other, Noise)


def test_a_tnc_is_set_before_anything_else(centre: Centre) -> None:
    assert centre.end.data_to_send().startswith(b"\xc0\xc0\x01\x05\xc0\xc0\x02")


def test_two_keys_are_accepted_and_a_poll_is_under_the_one_that_is_spoken() -> None:
    centre = Centre(options(), [entry(unit(), keys=(KEY, KEY2), speaks=2, test_s=10)])
    one(centre, sealed(BURGLARY, 0))
    one(centre, sealed(BURGLARY, 0, key=KEY2))
    acks = []
    for _ in range(50):
        centre.end.expire(at(2.0 + len(acks)))
        acks += [said(each, KEY, KEY2) for each, _ in split(options(), centre.end.data_to_send())]
        if len(acks) == 2:
            break
        centre.end.expire(at(3.0))
    assert acks == [Ack(0, Result.STORED), Ack(0, Result.STORED)]
    polls = answer(centre, 60.0)
    assert isinstance(said(polls[0], KEY2), Poll)
    assert {each.counter.window for each in centre.stored if each.counter} == {"0a01/00001234/1", "0a01/00001234/2"}


def test_a_disk_that_fails_keeps_the_centre_silent_but_alive(centre: Centre) -> None:
    """No counter, no answer: the unit repeats until the disk is well."""
    centre.counters.fails = True
    one(centre, sealed(BURGLARY, 0))
    assert answer(centre) == []
    assert centre.channel.counted.given_up == 1
    centre.counters.fails = False
    one(centre, sealed(BURGLARY, 0), 10.0)
    assert len(answer(centre, 10.0)) == 1


def test_a_used_up_counter_keeps_the_centre_silent(centre: Centre) -> None:
    centre.counters.bounds[counter_name(NETWORK, 0x1234, 1, FROM_CENTRE)] = 1 << 48
    one(centre, sealed(BURGLARY, 0))
    assert answer(centre) == []


def test_more_than_it_bears_waits_until_verdicts_come(centre: Centre) -> None:
    end = WIRE.receiving(
        SOURCE,
        lambda *_: Dialect(),
        options=SourceOptions(radio=centre.channel),
        limits=Limits(undecided=4),
        first=0,
    )
    data = b"".join(framed(options(), sealed(BURGLARY, number)) for number in range(100))
    items = list(end.receive(data, at(1.0)))
    assert 4 <= len(items) < 20
    assert end.held
    end.receive_eof(at(1.0))
    seen = 0
    while items:
        seen += len(items)
        for item in items:
            assert isinstance(item, Arrival)
            end.decide(item, Verdict.STORED, at(1.0))
        items = list(end.receive(b"", at(1.0)))
    assert seen == 100
    assert not end.held
    assert end.closing


def test_without_a_channel_the_error_says_what_is_missing() -> None:
    with pytest.raises(NoRadioError, match=r"\[adapter.radio\]"):
        WIRE.receiving(SOURCE, lambda *_: Dialect(), options=SourceOptions(), limits=Limits(), first=0)


def test_a_fresh_end_wants_to_be_told_the_time() -> None:
    """Else silent units would never be polled; and it polls nobody before that."""
    centre = Centre(options(), [unit(test_s=10)])
    assert centre.end.next_timeout() == 0.0
    assert split(options(), centre.end.data_to_send()) == []
    centre.end.expire(at(1e6))
    assert split(options(), centre.end.data_to_send()) == []
    due = centre.end.next_timeout()
    assert due is not None
    assert 1e6 + 10 < due < 1e6 + 20


# Any bytes

damaging = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255), st.sampled_from("xid")), max_size=12)


def damaged(data: bytes, hits: list[tuple[int, int, str]]) -> bytes:
    """Bytes changed, put in, and left out."""
    out = bytearray(data)
    for at_, value, how in hits:
        place = at_ % (len(out) + 1)
        if how == "i":
            out.insert(place, value)
        elif place < len(out):
            out[place : place + 1] = bytes((value,)) if how == "x" else b""
    return bytes(out)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MODEMS), st.binary(max_size=300), damaging, st.integers(1, 64))
def test_no_bytes_raise(settings_: RadioOptions, junk: bytes, hits: list[tuple[int, int, str]], step: int) -> None:
    """Whatever comes, in whatever pieces; nothing of it is taken for something that nobody has sealed."""
    centre = Centre(settings_, [unit()])
    good = sealed(BURGLARY, 5)
    data = junk + damaged(framed(settings_, good), hits) + b"\xc0\x40" + junk[::-1] + b"\xc0\xc0\x41"
    for place in range(0, len(data), step):
        centre.hear(data[place : place + step], 1.0)
        centre.end.expire(at(1.0))
        centre.end.data_to_send()
        centre.end.next_timeout()
    centre.end.receive_eof(at(2.0))
    assert [each.raw for each in centre.stored] in ([], [good])


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([one for one in Type if one.direction == 0]), st.binary(max_size=177), st.integers(0, 255))
def test_no_authentic_payload_raises(type_: Type, payload: bytes, flags: int) -> None:
    """And each is answered: its unit must not repeat it for ever."""
    centre = Centre(options(), [unit()])
    found = one(centre, sealed(payload, 9, type_=type_, flags=flags))
    assert found.account == "1234"
    assert found.refused == ""
    if type_ in (Type.EVENT, Type.TEST):
        ack = said(answer(centre)[0])
        assert isinstance(ack, Ack)
        assert ack.counter == 9


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([b"\x02\x00", b"\x02\x03ABCD", b"\x0a", b"\x01", b"18E130"]), st.binary(max_size=100), st.booleans()
)
def test_no_contents_raise(head: bytes, rest: bytes, text: bool) -> None:
    """Forms of events, and anything behind them."""
    if text:
        rest = bytes(b'N/BA015|ri#^*12[]\r"'[byte % 19] for byte in rest)
    centre = Centre(options(), [unit()])
    assert one(centre, sealed(head + rest, 1)).account == "1234"


def test_a_thousand_attacks_store_nothing() -> None:
    """Recorded, renumbered, flipped, cut, and sealed by others."""
    random, centre = Random(5), Centre(modem(), [unit(), unit(2)])
    recorded = [sealed(BURGLARY, number) for number in range(5)]
    for each in recorded:
        one(centre, each)
    for _ in range(1000):
        attack = bytearray(random.choice(recorded))
        match random.randrange(4):
            case 0:
                attack[random.randrange(len(attack))] ^= 1 << random.randrange(8)
            case 1:
                attack[9:15] = random.randbytes(6)
            case 2:
                del attack[random.randrange(15, len(attack)) :]
            case 3:
                attack[4:8] = (2).to_bytes(4, "big")
        centre.hear(framed(modem(), bytes(attack)), 5.0)
    assert len(centre.stored) == 5


def test_an_unasked_answer_to_a_poll_is_not_timely(centre: Centre) -> None:
    assert not one(centre, sealed(PollReply(3), 1)).timely
    assert answer(centre) == []


def test_the_one_datagram_that_is_written_is_the_one_that_is_read() -> None:
    """The tests' own way of reading what an end writes."""
    assert only(modem(), framed(modem(), sealed(BURGLARY, 1))) == sealed(BURGLARY, 1)
