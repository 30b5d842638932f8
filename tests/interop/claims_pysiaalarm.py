"""What the document says of pysiaalarm as a receiver, held against it."""

from __future__ import annotations

import calendar
import re
import socket
import sys

import pytest

from protocols.ends import LinkTest, Payload
from protocols.model import Edition, Qualifier
from tests.interop.support import KEYED, PLAIN, TEXT_KEYS, PysiaalarmReceiver, contact_id, sia
from tests.interop.world import Claim, Ours, World
from tests.support.frames import answers, decrypt, frame
from tests.support.station import PATIENCE_S, talk

KEY = TEXT_KEYS[16].encode()
ACK = frame(b'"ACK"0001R1L0#1234[]')
NEW_YEARS_EVE = float(calendar.timegm((2012, 12, 31, 13, 59, 58)))


def none_for_r(world: World) -> None:
    """The event is decoded; the answer has the word None where R is absent; our end does not take it."""
    before = len(world.pysiaalarm.heard)
    (answer,) = world.play_to_pysiaalarm()
    assert [event["code"] for event in world.pysiaalarm.wait_for(before + 1)[before:]] == ["BA"]
    ours = Ours(contact_id("130"), PLAIN, receiver=None)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["dc09.answer-unreadable"]


def two_frames_in_one_read(world: World) -> None:
    """Both are lost; our panel never sends the second before the answer to the first. With threads both are taken."""
    before = len(world.pysiaalarm.heard)
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(contact_id("130"), PLAIN)
    first = ours.frame
    ours.submit(contact_id("130", Qualifier.RESTORE))
    assert ours.waiting() == b""
    assert ours.hears(answer) == ["dc09.answer-unreadable"]
    assert ours.hears(ACK) == ["accepted"]
    assert world.out() == [first + ours.waiting()]
    assert world.pysiaalarm.heard[before:] == []

    with PysiaalarmReceiver("threads", "tcp", {PLAIN: None}) as threads:
        with socket.create_connection(("127.0.0.1", threads.port), timeout=PATIENCE_S) as connection:
            assert answers(talk(connection, world.out()[0], frames=2)) == [ACK, frame(b'"ACK"0002R1L0#1234[]')]
        assert [event["event_qualifier"] for event in threads.wait_for(2)] == ["1", "3"]


def text_beyond_ascii(world: World) -> None:
    """In the clear the CRC of what is left does not fit; encrypted the letters are lost."""
    signal = sia("BA", text="Зал")
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(signal, PLAIN)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == []

    before = len(world.pysiaalarm.heard)
    ours = Ours(signal, KEYED, key=KEY)
    assert ours.hears(_ask(world, ours.frame)) == ["accepted"]
    assert [event["message"] for event in world.pysiaalarm.wait_for(before + 1)[before:]] == ["015^^"]


def hex_in_contact_id(world: World) -> None:
    """A NAK of a form of its own, which our end does not take for one."""
    _misread(world, Ours(contact_id("130", number="0B1"), PLAIN))


def two_extended_fields(world: World) -> None:
    """The same for two extended data fields behind Contact ID; behind SIA they are read."""
    signal = contact_id("130", text="Hall", occurred_at=NEW_YEARS_EVE)
    _misread(world, Ours(signal, PLAIN))
    before = len(world.pysiaalarm.heard)
    ours = Ours(sia("BA", text="a/b", occurred_at=NEW_YEARS_EVE), PLAIN)
    assert ours.hears(_ask(world, ours.frame)) == ["accepted"]
    (event,) = world.pysiaalarm.wait_for(before + 1)[before:]
    assert event["x_data"] == "Ia/b][H13:59:58,12-31-2012"


def _misread(world: World, ours: Ours) -> None:
    (answer,) = world.play_to_pysiaalarm()
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["dc09.answer-unreadable"]


def old_event(world: World) -> None:
    """Refused, and our panel says so."""
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(sia("BA", old=True), PLAIN)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["refused"]


def old_event_misread(world: World) -> None:
    """Acknowledged as another event."""
    before = len(world.pysiaalarm.heard)
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(sia("BA", old=True, partition=""), PLAIN)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["accepted"]
    (event,) = world.pysiaalarm.wait_for(before + 1)[before:]
    assert (event["code"], event["message"]) == ("OB", "A015")


def other_modifiers(world: World) -> None:
    """Refused: it takes the first modifier that it does not know for the code."""
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(sia("BA", details={"lv": ["3"]}), PLAIN)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["refused"]
    ours = Ours(sia("BA", user="7", details={"id-text": ["John"]}), PLAIN)
    assert ours.hears(_ask(world, ours.frame)) == ["refused"]


def measured_value(world: World) -> None:
    """Refused like a stored event."""
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(sia("DA", Qualifier.STATUS, number="12", details={"C": ["23.5"]}), PLAIN)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["refused"]


def token_unknown(world: World) -> None:
    """A NAK of a form of its own, for an extended link test and for any other token."""
    _misread(world, Ours(LinkTest(PLAIN, {"M": ["0026B9E4268B"]}), PLAIN, edition=Edition.E2021))
    ours = Ours(Payload(PLAIN, "SIA-PUL", "31"), PLAIN)
    assert ours.hears(_ask(world, ours.frame)) == ["dc09.answer-unreadable"]


def status_is_invalid(world: World) -> None:
    """Acknowledged; qualifier and code of Contact ID are right, the SIA code beside them is not."""
    before = len(world.pysiaalarm.heard)
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(contact_id("130", Qualifier.STATUS), PLAIN)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["accepted"]
    (event,) = world.pysiaalarm.wait_for(before + 1)[before:]
    assert (event["event_qualifier"], event["event_type"], event["code"]) == ("6", "130", "YN")


def key_in_the_answer(world: World) -> None:
    """The answer to any message with extended data holds the key, in the clear when the message was."""
    before = len(world.pysiaalarm.heard)
    (answer,) = world.play_to_pysiaalarm()
    assert KEY in answer
    ours = Ours(contact_id("130", text="Hall"), KEYED)
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == ["accepted"]

    ours = Ours(contact_id("130", text="Hall"), KEYED, key=KEY)
    answer = _ask(world, ours.frame)
    assert b"[K" + KEY + b"]" in decrypt(KEY, answer[:-1].partition(b"[")[2])
    assert ours.hears(answer) == ["accepted"]
    world.pysiaalarm.wait_for(before + 2)


def unknown_account(world: World) -> None:
    """No frame at all comes back, and our end goes on waiting for one."""
    (answer,) = world.play_to_pysiaalarm()
    ours = Ours(contact_id("130"), "9999")
    assert world.out() == [ours.frame]
    assert ours.hears(answer) == []


def zeros_for_padding(world: World) -> None:
    """Our end takes the answer nevertheless."""
    ours = Ours(contact_id("130"), KEYED, key=KEY)
    question, reply = world.lines
    before = len(world.pysiaalarm.heard)
    assert question.fits(ours.frame)
    answer = _ask(world, ours.frame)
    assert reply.fits(answer)
    plain = decrypt(KEY, answer[:-1].partition(b"[")[2])
    assert re.fullmatch(rb"0{11}\]_[0-9:,-]{19}", plain)
    assert ours.hears(answer) == ["accepted"]
    world.pysiaalarm.wait_for(before + 1)


def asyncio_over_udp(world: World) -> None:
    """The event gets to the callback, and no answer to the panel."""
    if sys.version_info >= (3, 12):
        pytest.skip("holds for Python 3.11")
    server = PysiaalarmReceiver("asyncio", "udp", {PLAIN: None})
    with server, socket.socket(type=socket.SOCK_DGRAM) as asking:
        asking.connect(("127.0.0.1", server.port))
        (line,) = world.lines
        asking.send(line.exact)
        # The callback is told after the place where the answer would have been sent.
        assert [event["event_type"] for event in server.wait_for(1)] == ["130"]
        asking.setblocking(False)
        with pytest.raises(BlockingIOError):
            asking.recv(1000)
    assert "AssertionError" in server.errors


def _ask(world: World, sent: bytes) -> bytes:
    """The answer to a frame."""
    with socket.create_connection(("127.0.0.1", world.pysiaalarm.port), timeout=PATIENCE_S) as connection:
        return talk(connection, sent)


CLAIMS: dict[str, Claim] = {
    "none-for-r": none_for_r,
    "two-frames-in-one-read": two_frames_in_one_read,
    "text-beyond-ascii": text_beyond_ascii,
    "hex-in-contact-id": hex_in_contact_id,
    "two-extended-fields": two_extended_fields,
    "old-event": old_event,
    "old-event-misread": old_event_misread,
    "other-modifiers": other_modifiers,
    "measured-value": measured_value,
    "token-unknown": token_unknown,
    "status-is-invalid": status_is_invalid,
    "key-in-the-answer": key_in_the_answer,
    "unknown-account": unknown_account,
    "zeros-for-padding": zeros_for_padding,
    "asyncio-over-udp": asyncio_over_udp,
}
