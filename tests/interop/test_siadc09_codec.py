"""Our frames read by siadc09, and its frames read by us, for many messages."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from siadc09 import dc03, message
from siadc09.account import Account
from siadc09.xdata import Data, XData

from protocols import catalogue
from protocols.dc09 import ReceivingEnd, SendingEnd, UnsendableError
from protocols.ends import LinkTest, Source
from protocols.model import Arrival, ArrivalKind, Dialect, Edition, Key, Qualifier, Scheme, Signal, Verdict
from tests.interop.support import KEYS, departures
from tests.interop.world import At, now

MODEST = settings(max_examples=60, deadline=None)
QUALIFIERS = {Qualifier.NEW: "1", Qualifier.RESTORE: "3", Qualifier.STATUS: "6"}
SOURCE = Source("ip", "dc09", "192.0.2.7:41122", "192.0.2.7")

hexadecimal = "0123456789ABCDEF"
dialled = "0123456789BCDEF"
"""Digits of Contact ID."""
keys = st.sampled_from([None, *KEYS.values()])
accounts = st.text(hexadecimal, min_size=3, max_size=16)
numbers = st.one_of(st.none(), st.text(hexadecimal, min_size=1, max_size=6))
sequences = st.integers(1, 9999)
words = st.text(st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="[]|^/"), max_size=40)
plain_words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, blacklist_characters="[]|^/"), max_size=40)
sia_codes = st.sampled_from(sorted(dc03.BLOCK["N"]["block"]))


@st.composite
def contact_ids(draw: st.DrawFn) -> Signal:
    """Contact ID signals, with any text."""
    return Signal(
        account="",
        scheme=Scheme.CONTACT_ID,
        code=draw(st.text("0123456789", min_size=3, max_size=3)),
        qualifier=draw(st.sampled_from(list(QUALIFIERS))),
        partition=draw(st.text(dialled, min_size=2, max_size=2)),
        number=draw(st.text(dialled, min_size=3, max_size=3)),
        text=draw(words),
    )


addresses = st.text(hexadecimal, max_size=4)
parted_addresses = addresses.filter(lambda address: not re.search("[A-F]{2}", address))
"""Without two letters in a row, which we take for the code of a next event where they are one."""


@st.composite
def sias(draw: st.DrawFn, numbers: st.SearchStrategy[str] = addresses) -> Signal:
    """SIA signals of the codes siadc09 lists, with text it can read."""
    code = draw(sia_codes)
    ends = catalogue.find("sia", code).category == "restore"
    return Signal(
        account="",
        scheme=Scheme.SIA,
        code=code,
        qualifier=Qualifier.RESTORE if ends else Qualifier.NEW,
        partition=draw(st.text("0123456789", max_size=4)),
        number=draw(numbers),
        user=draw(st.text("0123456789", max_size=4)),
        text=draw(plain_words),
        old=draw(st.booleans()),
    )


def sent(
    what: Signal | LinkTest, account: str, sequence: int, receiver: str | None, prefix: str, key: bytes | None
) -> Any:
    """What siadc09 reads in the frame our panel sends."""
    end = SendingEnd(
        account=account,
        counters=At(sequence),
        counter="",
        receiver=receiver,
        prefix=prefix,
        key=key,
        edition=Edition.E2026,  # the one that siadc09 was written by
    )
    try:
        end.submit(what, now())
    except UnsendableError:
        assume(False)
    return message.parse_frame(end.data_to_send(), None if key is None else {None: key})


def as_int(digits: str | None) -> int | None:
    """A hexadecimal field as siadc09 keeps it."""
    return None if digits is None else int(digits, 16)


def check_header(got: Any, account: str, receiver: str | None, prefix: str, key: bytes | None) -> None:
    """Account, R, L, and the stamp that our panels always send."""
    assert got.account.acct == int(account, 16)
    assert (got.account.pref or 0) == int(prefix, 16)
    assert got.account.rcvr == as_int(receiver)
    assert got.encrypted is (key is not None)
    assert got.timestamp is not None


@MODEST
@given(contact_ids(), accounts, sequences, numbers, st.text(hexadecimal, min_size=1, max_size=6), keys)
def test_siadc09_reads_our_contact_id(
    signal: Signal, account: str, sequence: int, receiver: str | None, prefix: str, key: bytes | None
) -> None:
    """Code, qualifier, partition, zone and text arrive as they were meant."""
    got = sent(signal, account, sequence, receiver, prefix, key)
    assert type(got) is message.EventMessage
    check_header(got, account, receiver, prefix, key)
    assert (got.idtoken, got.seq) == ("ADM-CID", sequence)
    event = got.data.event
    assert got.data.acct.content == account.encode()
    assert (event.code, event.qualifier) == (signal.code, QUALIFIERS[signal.qualifier])
    assert (event.group, event.addr) == (int(signal.partition, 16), int(signal.number, 16))
    assert [(field.prefix, field.value) for field in got.xdata] == ([("I", signal.text)] if signal.text else [])


@MODEST
@given(sias(), accounts, sequences, numbers, st.text(hexadecimal, min_size=1, max_size=6), keys)
def test_siadc09_reads_our_sia(
    signal: Signal, account: str, sequence: int, receiver: str | None, prefix: str, key: bytes | None
) -> None:
    """Function, code, number, area, user and text arrive as they were meant."""
    got = sent(signal, account, sequence, receiver, prefix, key)
    assert type(got) is message.EventMessage
    check_header(got, account, receiver, prefix, key)
    assert (got.idtoken, got.seq) == ("SIA-DCS", sequence)
    owner, block = got.data.blocks
    assert (owner.functioncode, owner.content) == ("#", account.encode())
    assert block.functioncode == ("O" if signal.old else "N")
    (event,) = block.events
    assert event.code == signal.code
    assert event.addr == (int(signal.number, 16) if signal.number else None)
    assert (event.descr or "") == signal.text
    modifiers = {name: modifier.value for name, modifier in event.modifiers.items()}
    by_number = catalogue.find("sia", signal.code).subject == "user" and signal.user == signal.number
    wanted = {"ri": signal.partition, "id": "" if by_number else signal.user}
    assert modifiers == {name: int(value) for name, value in wanted.items() if value}
    assert got.xdata == []


@MODEST
@given(accounts, numbers, st.text(hexadecimal, min_size=1, max_size=6), keys)
def test_siadc09_reads_our_link_tests(account: str, receiver: str | None, prefix: str, key: bytes | None) -> None:
    """NULL of sequence 0000 without data."""
    got = sent(LinkTest(account), account, 1, receiver, prefix, key)
    assert type(got) is message.NullMessage
    check_header(got, account, receiver, prefix, key)
    assert (got.seq, got.data) == (0, None)


def through_us(built: Any, key: bytes | None) -> tuple[Arrival, Any]:
    """The arrival our receiving end makes of a message of siadc09, and what siadc09 reads in our answer."""
    known = Dialect(known=True, keys=() if key is None else (Key(key, "it"),))
    end = ReceivingEnd(SOURCE, lambda adapter, receiver, prefix, account: known)
    (arrival,) = end.receive(built.encode(), now())
    assert isinstance(arrival, Arrival)
    end.decide(arrival, Verdict.STORED, now())
    return arrival, message.parse_frame(end.data_to_send(), None if key is None else {None: key})


@MODEST
@given(
    st.one_of(contact_ids(), sias(parted_addresses)),
    st.integers(0, 2**64 - 1),
    sequences,
    st.one_of(st.none(), st.integers(0, 2**24 - 1)),
    st.one_of(st.none(), st.integers(1, 2**24 - 1)),
    keys,
)
def test_we_read_what_siadc09_builds_and_it_reads_our_answer(
    signal: Signal, account: int, sequence: int, receiver: int | None, prefix: int | None, key: bytes | None
) -> None:
    """Every field arrives without any finding about framing, header or cipher; the ACK fits the message."""
    owner = f"{account:03X}"
    fields = []
    if signal.scheme is Scheme.CONTACT_ID:
        token = "ADM-CID"
        content = f"{QUALIFIERS[signal.qualifier]}{signal.code} {signal.partition} {signal.number}"
        if signal.text:
            fields = [XData("I", signal.text, encoding="utf_8")]
    else:
        token = "SIA-DCS"
        content = "O" if signal.old else "N"
        content += f"id{signal.user}/" * bool(signal.user) + f"ri{signal.partition}/" * bool(signal.partition)
        content += signal.code + signal.number + f"^{signal.text}^" * bool(signal.text)
    sender = Account(acct=account, pref=prefix, rcvr=receiver, key=key)
    data = Data(f"#{owner}|{content}".encode())
    built = message.EventMessage(sender, {"idtoken": token, "seqno": sequence, "data": data, "xdata": fields})
    arrival, answer = through_us(built, key)

    assert (arrival.kind, arrival.token, arrival.sequence) == (ArrivalKind.EVENT, token, f"{sequence:04d}")
    assert (arrival.account, arrival.prefix) == (owner, f"{prefix or 0:X}")
    assert arrival.receiver == (None if receiver is None else f"{receiver:X}")
    (read,) = arrival.signals
    for name in ("scheme", "code", "qualifier", "partition", "number", "text", "old"):
        assert getattr(read, name) == getattr(signal, name), name
    assert not departures(arrival.findings)

    assert type(answer) is message.AckMessage
    assert (answer.seq, answer.encrypted) == (sequence, key is not None)
    assert (answer.account.acct, answer.account.pref, answer.account.rcvr) == (account, prefix, receiver)
