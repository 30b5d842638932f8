"""Any message of our panels, by any edition and with any quirks, read by code that others wrote.

Each peer comes with what it cannot read, and why: departures of the peer have a row in ``docs/interoperability.md``;
the others are quirks, which no reader has to bear. Everything else must be read as it was meant. That each exclusion
is needed, an example shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from pysiaalarm.account import SIAAccount
from pysiaalarm.base_server import BaseSIAServer
from pysiaalarm.utils import Counter
from siadc09 import message

from protocols import catalogue
from protocols.dc09 import Quirks, SendingEnd, UnsendableError, decode
from protocols.ends import LinkTest, Message, Outcome, OutcomeKind
from protocols.model import Arrival, Edition, Qualifier, Scheme, Signal
from tests.interop.support import TEXT_KEYS, contact_id, sia
from tests.interop.world import At, now
from tests.protocols.dc09_messages import Case, cases, quirks

MANY = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
QUALIFIERS = {Qualifier.NEW: "1", Qualifier.RESTORE: "3", Qualifier.STATUS: "6"}
HEX = frozenset("0123456789ABCDEF")


class Read(Struct, frozen=True):
    """What a peer made of a message, in our words. Empty where it does not say."""

    account: str
    sequence: str
    token: str
    code: str = ""
    qualifier: str = ""
    partition: int | None = None
    number: str = ""
    user: str = ""


class Sent(Struct, frozen=True):
    """A message on the wire."""

    case: Case
    end: SendingEnd
    data: bytes
    arrival: Arrival
    """As our own receiving end reads it: for what the end itself added."""


NONE = st.just(False)
"""A quirk that neither peer bears."""
COMMON = {
    "crc": st.just("ascii"),
    "counts_cr": NONE,
    "header_account": st.just(True),
    "contact_id_type": st.just(""),
    "trailing_pad": NONE,
    "sequence": st.sampled_from(["decimal", "zero"]),
}


def panels(**bearable: st.SearchStrategy[Any]) -> st.SearchStrategy[Case]:
    """Any panel, but seldom one whose every message would be left out: the exclusions below have the last word."""
    return cases(
        accounts=st.text(sorted(HEX), min_size=3, max_size=16),
        prefixes=st.text(sorted(HEX), min_size=1, max_size=6),
        keys=st.sampled_from([None, *(key.encode() for key in TEXT_KEYS.values())]),
        quirks=quirks(**(COMMON | bearable)),
    )


def send(case: Case, sequence: int) -> Sent:
    """Send it now."""
    end = case.end(At(sequence))
    try:
        end.submit(case.message, now())
    except UnsendableError:
        assume(False)
    data = end.data_to_send()
    (arrival, *_) = decode(data, [] if case.key is None else [case.key], wall=now().wall)
    assert isinstance(arrival, Arrival)
    return Sent(case, end, data, arrival)


def meant(sent: Sent) -> Read:
    """What has to be read."""
    case, what = sent.case, sent.case.message
    common = {"account": case.account.upper(), "sequence": sent.arrival.sequence, "token": sent.arrival.token}
    if not isinstance(what, Signal):
        return Read(**common)
    if what.scheme is Scheme.CONTACT_ID:
        return Read(
            **common,
            code=what.code,
            qualifier=QUALIFIERS[what.qualifier],
            partition=int(what.partition or "0", 16),
            number=what.number or "000",
        )
    subject = catalogue.find("sia", what.code).subject
    # A measurement's number is its value, so its user is written though it is the same.
    measured = what.qualifier is Qualifier.STATUS and what.code in ("DA", "DB", "DI", "DM")
    by_number = subject == "user" and not measured
    written = bool(what.user) and (not by_number or what.user != what.number or "id-text" in what.details)
    return Read(
        **common,
        code=what.code,
        partition=int(what.partition) if what.partition else None,
        number=what.number,
        user=what.user if written else "",
    )


def is_sia(sent: Sent) -> bool:
    return isinstance(sent.case.message, Signal) and sent.case.message.scheme is Scheme.SIA


def is_cid(sent: Sent) -> bool:
    return isinstance(sent.case.message, Signal) and sent.case.message.scheme is Scheme.CONTACT_ID


def sia_data(sent: Sent) -> bytes:
    """What stands inside the data of a SIA message; texts may also stand beside it, as extended data."""
    return (sent.arrival.plain or sent.arrival.raw).partition(b"]")[0] if is_sia(sent) else b""


def fields(sent: Sent) -> int:
    """How many fields of extended data there are."""
    return (sent.arrival.plain or sent.arrival.raw).count(b"][")


def without_bar(sent: Sent) -> bool:
    """Whether no bar stands behind the padding, which holds none itself."""
    case, quirks = sent.case, sent.case.quirks
    empty = isinstance(case.message, LinkTest) and quirks.header_account and not quirks.link_test_data
    return empty and case.key is not None and quirks.bar == "events"


Cannot = dict[str, Callable[[Sent], Any]]

QUIRKS: Cannot = {
    "binary CRC": lambda sent: sent.case.quirks.crc == "binary",
    "CR counted": lambda sent: sent.case.quirks.counts_cr and sent.case.key is None,
    "NUL behind the frame": lambda sent: "\0" in sent.case.quirks.trailer,
    "no account in the header": lambda sent: not sent.case.quirks.header_account,
    "no prefix": lambda sent: not sent.case.prefix,
    "account of letters": lambda sent: set(sent.case.account.upper()) - HEX,
    "sequence in hexadecimal": lambda sent: not sent.arrival.sequence.isdecimal(),
    "Contact ID message type": lambda sent: is_cid(sent) and sent.case.quirks.contact_id_type,
    "padding behind the stamp": lambda sent: sent.case.key is not None and sent.case.quirks.trailing_pad,
}
"""What neither peer bears, and none has to."""


# --- siadc09 ----------------------------------------------------------------------------------------------------------

SIADC09_CANNOT: Cannot = QUIRKS | {
    "line ends behind the frame": lambda sent: sent.case.quirks.trailer,
    "no bar, and one in a field": lambda sent: without_bar(sent) and b"|" in sent.arrival.plain,
    "text in quotes": lambda sent: sent.case.quirks.text == "xsia" and b"*'" in sia_data(sent),
    "text-within-sia": lambda sent: sent.case.quirks.text == "caret" and not sia_data(sent).isascii(),
    "code-not-listed": lambda sent: is_sia(sent) and sent.case.message.code == "ZY",
}


def by_siadc09(sent: Sent) -> Read | None:
    """What siadc09 reads; None when it does not read an event."""
    try:
        got: Any = message.parse_frame(sent.data, None if sent.case.key is None else {None: sent.case.key})
    except (RuntimeError, ValueError):
        return None
    wanted = sent.case.account.upper()
    if got.account.acct != int(wanted, 16):
        return None
    common = {"account": wanted, "sequence": f"{got.seq:04d}", "token": got.idtoken}
    if isinstance(got, message.NullMessage | message.ExtendedNullMessage):
        return Read(**common)
    event = getattr(got.data, "event", None)
    if event is not None:
        return Read(
            **common, code=event.code, qualifier=event.qualifier, partition=event.group, number=f"{event.addr:03X}"
        )
    for block in getattr(got.data, "blocks", ()):
        for event in getattr(block, "events", ()):
            modifiers = {name: modifier.value for name, modifier in event.modifiers.items()}
            area = "ri" if sent.case.quirks.area == "ri" else "pi"
            return Read(
                **common,
                code=event.code,
                partition=modifiers.get(area),
                number="" if event.addr is None else f"{event.addr:X}",
                user=str(modifiers.get("id", "")),
            )
    return None


def without_zeros(read: Read) -> Read:
    """It keeps numbers, not digits, of SIA: 015 and 15 are one to it."""
    if read.qualifier or not read.code:
        return read
    return replace(
        read,
        number=read.number.lstrip("0") or "0" if read.number else "",
        user=str(int(read.user)) if read.user else "",
    )


@MANY
@given(panels(trailer=st.just("")), st.integers(1, 9999))
def test_siadc09_reads_any_message_it_can(case: Case, sequence: int) -> None:
    """Account, number, token, code, qualifier, partition, zone and user."""
    sent = send(case, sequence)
    for cannot in SIADC09_CANNOT.values():
        assume(not cannot(sent))
    read = by_siadc09(sent)
    assert read is not None
    assert without_zeros(read) == without_zeros(meant(sent))


# --- pysiaalarm -------------------------------------------------------------------------------------------------------

PYSIAALARM_CANNOT: Cannot = QUIRKS | {
    "lower case": lambda sent: sent.case.quirks.lower_case or set(sent.case.account) - HEX,
    "account of one or two digits": lambda sent: len(sent.case.account) < 3,
    "area as pi": lambda sent: is_sia(sent) and sent.case.quirks.area == "pi" and sent.case.message.partition,
    "rubbish for a stamp": lambda sent: sent.case.quirks.stamp == "rubbish" and sent.case.key is None,
    "local time": lambda sent: sent.case.quirks.stamp_zone,
    "text-beyond-ascii": lambda sent: sent.case.key is None and not sent.data.isascii(),
    "hex-in-contact-id": lambda sent: (
        is_cid(sent)
        and re.search("[A-F]", sent.case.message.code + sent.case.message.partition + sent.case.message.number)
    ),
    "two-extended-fields": lambda sent: is_cid(sent) and fields(sent) > 1,
    "old-event": lambda sent: is_sia(sent) and sent.case.message.old,
    "other-modifiers": lambda sent: is_sia(sent) and {"lv", "id-text"} & sent.case.message.details.keys(),
    "measured-value": lambda sent: is_sia(sent) and sent.case.message.qualifier is Qualifier.STATUS,
    "token-unknown": lambda sent: sent.arrival.token == "XNM",
}


class Server(BaseSIAServer):
    """Its server without a socket."""


def by_pysiaalarm(sent: Sent) -> tuple[Read | None, bytes]:
    """What pysiaalarm reads and answers; None when it does not read an event."""
    case = sent.case
    account = SIAAccount(case.account, None if case.key is None else case.key.decode())
    event: Any = Server({case.account: account}, Counter()).parse_and_check_event(sent.data)
    assert event is not None
    answer = event.create_response()
    if event.response is None or event.response.value != "ACK" or not event.valid_message:
        return None, answer
    common = {"account": event.account, "sequence": event.sequence, "token": event.message_type.value}
    if event.message_type.value == "NULL":
        return Read(**common), answer
    if event.event_type:
        return Read(
            **common,
            code=event.event_type,
            qualifier=event.event_qualifier,
            partition=int(event.partition, 16),
            number=event.ri,
        ), answer
    wanted = meant(sent)
    # Zone and text are one to it: `015^Hall^`. What follows the number is held against the frame.
    number = wanted.number if (event.message or "").startswith(wanted.number) else event.message
    return Read(
        **common,
        code=event.code,
        partition=int(event.ri) if event.ri else None,
        number=number,
        user=event.id or "",
    ), answer


@MANY
@given(
    panels(
        trailer=st.sampled_from(["", "\r\n"]),
        lower_case=NONE,
        stamp=st.sampled_from(["always", "never"]),
        stamp_zone=st.just(""),
    ),
    st.integers(1, 9999),
)
def test_pysiaalarm_reads_any_message_it_can(case: Case, sequence: int) -> None:
    """Account, number, token, code, qualifier, partition, zone and user; its answer is an acknowledgement to us."""
    sent = send(case, sequence)
    for cannot in PYSIAALARM_CANNOT.values():
        assume(not cannot(sent))
    read, answer = by_pysiaalarm(sent)
    assert read == meant(sent)
    if case.receiver is None:
        return  # none-for-r: the answer has a word where there must be nothing
    (outcome,) = sent.end.receive(answer, now())
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.ACCEPTED


# --- the exclusions ---------------------------------------------------------------------------------------------------

KEY = TEXT_KEYS[16].encode()
ZAL = "\u0417\u0430\u043b"


def case(what: Message, key: bytes | None = None, edition: Edition = Edition.E2013, **more: Any) -> Case:
    """A panel as the standard asks for it, but for what is said."""
    given = {name: more.pop(name) for name in ("account", "prefix") if name in more}
    return Case(
        **{"account": "1234", "prefix": "0", **given},
        inner=None,
        receiver="1",
        key=key,
        edition=edition,
        quirks=Quirks(**more),
        path="",
        message=what,
    )


BURGLARY, FIRE = contact_id("130"), sia("FA", text="Hall")
EXAMPLES: dict[str, Case] = {
    "binary CRC": case(BURGLARY, crc="binary"),
    "CR counted": case(BURGLARY, counts_cr=True),
    "NUL behind the frame": case(BURGLARY, trailer="\0"),
    "no account in the header": case(BURGLARY, header_account=False),
    "no prefix": case(BURGLARY, prefix=None),
    "account of letters": case(BURGLARY, account="XYZ"),
    "sequence in hexadecimal": case(BURGLARY, sequence="hexadecimal"),
    "Contact ID message type": case(BURGLARY, contact_id_type="18"),
    "padding behind the stamp": case(BURGLARY, KEY, trailing_pad=True),
    "line ends behind the frame": case(BURGLARY, trailer="\r\n"),
    "no bar, and one in a field": case(LinkTest("1234", {"I": ["a|b"]}), KEY, bar="events"),
    "text in quotes": case(FIRE, text="xsia"),
    "text-within-sia": case(sia("FA", text=ZAL)),
    "code-not-listed": case(sia("ZY")),
    "lower case": case(BURGLARY, account="abc", lower_case=True),
    "account of one or two digits": case(BURGLARY, account="12"),
    "area as pi": case(FIRE, area="pi"),
    "rubbish for a stamp": case(BURGLARY, stamp="rubbish"),
    "local time": case(BURGLARY, stamp_zone="Asia/Almaty"),
    "text-beyond-ascii": case(contact_id("130", text=ZAL)),
    "hex-in-contact-id": case(contact_id("130", number="0B1")),
    "two-extended-fields": case(contact_id("130", text="a", url="b")),
    "old-event": case(sia("FA", old=True)),
    "other-modifiers": case(sia("FA", details={"lv": ["3"]})),
    "measured-value": case(sia("DA", Qualifier.STATUS)),
    "token-unknown": case(LinkTest("1234", {"M": ["0026B9E4268B"]}), edition=Edition.E2021),
}


@pytest.mark.parametrize("name", SIADC09_CANNOT)
def test_siadc09_cannot_read_what_is_left_out(name: str) -> None:
    """Else the exclusion would hide something."""
    sent = send(EXAMPLES[name], 10)
    assert SIADC09_CANNOT[name](sent)
    read = by_siadc09(sent) if sent.case.account != "XYZ" else _raises(sent)
    assert read is None or without_zeros(read) != without_zeros(meant(sent))


def _raises(sent: Sent) -> None:
    with pytest.raises(ValueError, match="Invalid #acct"):
        message.parse_frame(sent.data)


@pytest.mark.parametrize("name", PYSIAALARM_CANNOT)
def test_pysiaalarm_cannot_read_what_is_left_out(name: str) -> None:
    """Else the exclusion would hide something."""
    sent = send(EXAMPLES[name], 10)
    assert PYSIAALARM_CANNOT[name](sent)
    read, _ = by_pysiaalarm(sent)
    assert read != meant(sent)
