"""Whatever a panel can say, by any edition and with any quirks, our receiving end reads; and any answer is borne."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from protocols.dc09 import Quirks, SendingEnd, UnsendableError, writing
from protocols.dc09.reading import Reply
from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload
from protocols.model import Arrival, ArrivalKind, Edition, Moment, Noise, Protection, Qualifier, Scheme, Signal, Verdict
from tests.protocols.dc09_messages import HEX, Case, cases, clean, expected, has, misread, sent_at
from tests.protocols.dc09_support import NOW, STAMP, frame, only, receiver

MANY = settings(max_examples=200, deadline=None)


def readable(case: Case) -> None:
    """Leave out combinations that nobody could read.

    * Encrypted stamps in local time are outside the window: the receiver answers NAK for ever.
    * An account of other letters than hexadecimal is only known for one inside the data by ``#``, or by the header.
    * Long padding of letters without a bar behind is taken for an alarm that somebody made look like a link test.
    * So is an encrypted link test without a bar that carries a field as only events do, such as a text.
    """
    quirks = case.quirks
    assume(case.key is None or not quirks.stamp_zone)
    assume(
        quirks.header_account or quirks.inner_account == "hash" or set((case.inner or case.account).upper()) <= set(HEX)
    )
    if case.inner is None and quirks.inner_account == "bare":
        assume(set(case.account.upper()) <= set(HEX) or quirks.header_account)
    long_pad = case.edition is Edition.E2026 and case.key is not None
    assume(not (long_pad and quirks.bar == "events" and quirks.pad != "constant"))
    assume(not (case.key is not None and quirks.bar == "events" and has_field_of_an_event(case)))


def has_field_of_an_event(case: Case) -> bool:
    """A link test without data that carries other fields than those about the panel and its way here."""
    message = case.message
    if not isinstance(message, LinkTest) or case.quirks.link_test_data or not case.quirks.header_account:
        return False
    return any(values and letter not in "ACGJKMNP" for letter, values in message.extended.items())


def arrived(case: Case, data: bytes, pieces: bool) -> tuple[Any, Arrival]:
    """The receiving end, and what it made of the frame."""
    zone = case.quirks.stamp_zone or "UTC"
    end = receiver(*([] if case.key is None else [case.key]), time_zone=zone, edition=case.edition)
    items: list[Arrival | Noise] = []
    for piece in [bytes([byte]) for byte in data] if pieces else [data]:
        items.extend(end.receive(piece, NOW))
    return end, only(items)


@MANY
@given(cases(), st.booleans())
def test_whatever_is_sent_is_read(case: Case, pieces: bool) -> None:
    """Every field of every signal, whole and byte by byte; the acknowledgement is taken."""
    readable(case)
    panel = case.end()
    try:
        panel.submit(case.message, NOW)
    except UnsendableError:
        # A number or detail that the far end would read as something else, such as zone 0FA.
        assert isinstance(case.message, Signal)
        assert case.message.scheme is Scheme.SIA
        assume(False)
    end, arrival = arrived(case, panel.data_to_send(), pieces)

    assert arrival.protection is (Protection.NONE if case.key is None else Protection.KEYED)
    assert arrival.timely
    assert arrival.sent_at == sent_at(case)
    assert (arrival.receiver, arrival.prefix) == (case.receiver, case.prefix)
    assert arrival.account == (case.account if case.quirks.header_account else "")
    message = case.message
    if isinstance(message, LinkTest):
        assert arrival.kind is ArrivalKind.LINK_TEST
        assert (arrival.token == "XNM") == (
            case.edition.value >= 2021 and bool(case.path or any(message.extended.values()))
        )
    else:
        assert isinstance(message, Signal)
        assert arrival.kind is ArrivalKind.EVENT
        (signal,) = arrival.signals
        wanted = expected(case, message)
        assert {name: getattr(signal, name) for name in wanted} == wanted
        for letter, values in message.extended.items():
            assert signal.extended[letter] == [clean(value) for value in values]
        for name, letter in (("latitude", "Y"), ("longitude", "X")):
            value = getattr(message, name) if has(case.edition, letter) else None
            assert getattr(signal, name) == (None if value is None else pytest.approx(value, abs=1e-5))
    if case.path and case.edition.value >= 2021 and not {"G", "J"} & message.extended.keys():
        assert arrival.path == case.path

    end.decide(arrival, Verdict.STORED, NOW)
    (outcome,) = panel.receive(end.data_to_send(), NOW)
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    ("letter", "bar", "kind"),
    [
        ("I", "events", ArrivalKind.OPAQUE),
        ("V", "events", ArrivalKind.OPAQUE),
        ("M", "events", ArrivalKind.LINK_TEST),
        ("I", "always", ArrivalKind.LINK_TEST),
    ],
)
def test_a_link_test_without_a_bar_that_says_what_events_say_is_not_taken_for_one(
    letter: str, bar: str, kind: ArrivalKind
) -> None:
    """It could be an event whose beginning was taken away. It is kept and acknowledged, and the panel is content."""
    message = LinkTest("1", {letter: ["0026B9E4268B"]})
    case = Case("1234", None, "0", None, KEY, Edition.E2013, Quirks(bar=bar), "", message)  # type: ignore[arg-type]
    panel = case.end()
    panel.submit(message, NOW)
    end, arrival = arrived(case, panel.data_to_send(), False)
    assert arrival.kind is kind
    end.decide(arrival, Verdict.STORED, NOW)
    (outcome,) = panel.receive(end.data_to_send(), NOW)
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.ACCEPTED


@MANY
@given(cases(), st.booleans())
def test_an_rsp_is_as_good_as_an_ack(case: Case, pieces: bool) -> None:
    """What it brings is handed over, whatever the panel is like."""
    readable(case)
    panel = case.end()
    try:
        panel.submit(case.message, NOW)
    except UnsendableError:
        assume(False)
    _, arrival = arrived(case, panel.data_to_send(), False)
    assert isinstance(arrival.reply, Reply)
    echo, content = arrival.reply.echo, b"#%b|COR1*1][P7]" % case.account.encode() + STAMP
    if case.key is None:
        body = writing.plain_body(b"RSP", echo, content)
    else:
        body = writing.secret_body(b"RSP", echo, b"|" + content, case.key, lambda n: b"p" * n, long_pad=False)
    items: list[Outcome | Noise] = []
    answer = frame(body)
    for piece in [bytes([byte]) for byte in answer] if pieces else [answer]:
        items.extend(panel.receive(piece, NOW))
    (outcome,) = items
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert outcome.response is not None
    assert (outcome.response.content, outcome.response.extended) == ("COR1*1", {"P": ["7"]})


contents = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="[]"), max_size=40)
payloads = st.builds(
    Payload,
    account=st.just("1"),
    token=st.one_of(
        st.sampled_from(["SIA-DCS", "ADM-CID", "SIA-PUL", "SCN-S24", "ADM-CIDX", "VIS-BBA"]),
        st.text("ABCXYZ019-", min_size=1, max_size=16).filter(lambda token: token not in ("ACK", "NAK", "DUH", "RSP")),
    ),
    content=contents.filter(lambda content: not misread(content)),
    extended=st.dictionaries(
        st.sampled_from("ABCQXZ"), st.lists(contents.filter(lambda value: not misread(value)), max_size=2), max_size=2
    ),
)


@MANY
@given(cases(payloads), st.booleans())
def test_a_payload_arrives_as_it_was_given(case: Case, pieces: bool) -> None:
    """Token, content and fields stand in the message byte by byte; the receiver's answer is taken."""
    readable(case)
    payload = case.message
    assert isinstance(payload, Payload)
    panel = case.end()
    panel.submit(payload, NOW)
    end, arrival = arrived(case, panel.data_to_send(), pieces)
    written = payload.content + "]" + "".join(f"[{k}{v}]" for k, values in payload.extended.items() for v in values)
    text = arrival.plain if case.key is not None else arrival.raw
    parts = [written.encode(), written.encode("windows-1252", "replace")]
    mixed = not written.isascii()  # each part is in the encoding that has its letters
    assert mixed or any(part in text for part in parts)
    assert arrival.token == payload.token
    end.decide(arrival, Verdict.STORED, NOW)
    (outcome,) = panel.receive(end.data_to_send(), NOW)
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.ACCEPTED


# --- any answers -----------------------------------------------------------------------------------------------------

BURGLARY = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
KEY = bytes(range(16))
tokens = st.sampled_from(["ACK", "RSP", "NAK", "DUH", "*ACK", "*RSP", "*NAK", "*DUH", "NULL", "SIA-DCS", "XYZ"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Frames that may be answers, right and wrong, and anything else."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=60))
    token = draw(tokens)
    sequence = draw(st.sampled_from([b"0000", b"0001", b"0002", b"0003", b"000A", b"9999", b"FFFF", b""]))
    address = draw(st.sampled_from([b"L0#1234", b"R1L0#5678", b"R0L0A0", b"L", b"", b"L0#", b"NoneL0#1234"]))
    content = draw(
        st.one_of(
            st.sampled_from(
                [
                    b"]",
                    b"]" + STAMP,
                    b"][K" + b"AB" * 16 + b"]" + STAMP,
                    b"][K]" + STAMP,
                    b"#1234|COR1*1][K" + b"zz" * 16 + b"]",
                    b"]_23:59:59,12-31-9998",
                    b"]_00:00:00,01-01-1970",
                    b"]_99:99:99,99-99-9999",
                ]
            ),
            st.binary(max_size=40),
        )
    )
    if token.startswith("*"):
        key = draw(st.sampled_from([KEY, bytes(16), b"\xab" * 16]))
        body = writing.secret_body(token[1:].encode(), sequence + address, b"|" + content, key, bytes, long_pad=False)
    else:
        body = writing.plain_body(token.encode(), sequence + address, content)
    data = writing.frame(body, binary=draw(st.booleans()), counts_cr=draw(st.booleans()))
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(data) - 1))
        data = data[:at] + bytes([data[at] ^ 1 << draw(st.integers(0, 7))]) + data[at + 1 :]
    return data


@MANY
@given(
    st.lists(answers(), max_size=12),
    st.sampled_from([None, KEY]),
    st.integers(1, 4),
    st.sampled_from(["decimal", "hexadecimal", "zero"]),
    st.sampled_from(list(Edition)),
    st.sampled_from(["fresh", "same"]),
    st.randoms(use_true_random=False),
)
def test_any_answers_are_borne(
    data: list[bytes], key: bytes | None, window: int, sequence: str, edition: Edition, retry: str, rng: Any
) -> None:
    """Nothing raises; each message gets one outcome, in order, and is never left waiting for ever."""
    quirks = Quirks(window=window, sequence=sequence, retry_stamp=retry, stamp_zone="Asia/Almaty")  # type: ignore[arg-type]
    panel = Case("1234", None, "0", None, key, edition, quirks, "2", BURGLARY).end(attempts=2)
    tickets = [panel.submit(message, NOW) for message in (BURGLARY, LinkTest("1"), BURGLARY, BURGLARY, LinkTest("1"))]
    items: list[Outcome | Noise] = []
    now = NOW
    for piece in data:
        items.extend(panel.receive(piece, now))
        panel.data_to_send()
        step = rng.choice([0, 0, 1, 9, 31])
        now = Moment(now.wall + step, now.mono + step)
        what = rng.randrange(6)
        if what == 0:
            items.extend(panel.disconnected(now))
            panel.connected(now)
        elif what == 1:
            items.extend(panel.expire(now))
    for _ in range(200):
        due = panel.next_timeout()
        if due is None:
            break
        now = Moment(now.wall + due - now.mono, due)
        items.extend(panel.expire(now))
        panel.data_to_send()
    told = [item.ticket for item in items if isinstance(item, Outcome)]
    assert told == tickets
    assert panel.unfinished == ()
    assert panel.next_timeout() is None


@MANY
@given(answers(), st.sampled_from([None, KEY]))
@example(frame('"ACK"0001L0#1234[]'), KEY)
@example(frame('"ACK"0002L0#1234[]'), None)
@example(frame('"ACK"0001L0#5678[]'), None)
def test_only_the_right_answer_acknowledges(data: bytes, key: bytes | None) -> None:
    """Its number, its account, and under its key."""
    panel = Case("1234", None, "0", None, key, Edition.E2013, Quirks(), "", BURGLARY).end()
    panel.submit(BURGLARY, NOW)
    items = panel.receive(data, NOW)
    for item in items:
        if isinstance(item, Outcome) and item.kind is OutcomeKind.ACCEPTED:
            assert b'CK"0001L0#1234[' in item.answer or b'RSP"0001L0#1234[' in item.answer
            assert (b'"*' in item.answer) is (key is not None)


def test_the_end_is_what_the_receiver_asks_for() -> None:
    """The shape of both ends is one: what the client carries over is there."""
    panel = Case("1234", None, "0", None, KEY, Edition.E2013, Quirks(window=3), "", BURGLARY).end()
    assert isinstance(panel, SendingEnd)
    assert (panel.key, panel.window, panel.offset_s) == (KEY, 3, 0.0)
