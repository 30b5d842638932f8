"""Any message that a panel can send, by any edition and with any quirks, and what must be read of it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import Struct

from protocols import catalogue
from protocols.dc09 import Quirks, SendingEnd
from protocols.ends import LinkTest, Message
from protocols.model import Edition, Moment, Qualifier, Scheme, Signal
from tests.protocols.dc09_support import NOW, Numbers

HEX = "0123456789ABCDEF"
ALNUM = HEX + "GXZabcxyz"
DIALLED = "0123456789BCDEF"
MEASURED = ("DA", "DB", "DI", "DM")
SINCE = {
    **dict.fromkeys("MPV", 2007),
    **dict.fromkeys("ACHILNJORSTXYZ", 2013),
    "C": 2021,
    "N": 2021,
    "J": 2021,
    "G": 2026,
}
GIVEN_LETTERS = "ACIJLMNOPRSTVZG"
"""Letters that callers give here; H, X and Y are written by the end itself."""
DIRT = {91: "(", 93: ")", **dict.fromkeys([*range(32), *range(127, 160)], " ")}


class Case(Struct, frozen=True):
    """A panel and what it says."""

    account: str
    inner: str | None
    prefix: str | None
    receiver: str | None
    key: bytes | None
    edition: Edition
    quirks: Quirks
    path: str
    message: Message

    def end(self, counters: Any = None, **more: Any) -> SendingEnd:
        """The panel's end."""
        return SendingEnd(
            account=self.account,
            inner_account=self.inner,
            prefix=self.prefix,
            receiver=self.receiver,
            key=self.key,
            edition=self.edition,
            quirks=self.quirks,
            path=self.path,
            counters=counters or Numbers(),
            counter="n",
            **more,
        )


def clean(value: str) -> str:
    """A value as a field can hold it."""
    return value.translate(DIRT)


def misread(text: str) -> bool:
    """Whether the Windows-1252 form of a text is another text in UTF-8, which receivers try first."""
    try:
        return not text.isascii() and text.encode("windows-1252").decode("utf-8") != text
    except ValueError:
        return False


texts = st.one_of(
    st.just(""),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    st.text("\u0416\u0430\u049b \u20ac\u00e9\u00fc'*^|/[]ANM\n\x85", max_size=20),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
).filter(lambda text: not misread(text) and not misread(clean(text)))
"""Latin and Cyrillic letters, what delimits other things, and what nothing can hold."""


def quirks(**only: st.SearchStrategy[Any]) -> st.SearchStrategy[Quirks]:
    """Any departures that a panel can have, but for those that are told."""
    every: dict[str, st.SearchStrategy[Any]] = {
        "crc": st.sampled_from(["ascii", "binary"]),
        "counts_cr": st.booleans(),
        "trailer": st.sampled_from(["", "\0", "\0\0", "\r\n"]),
        "lower_case": st.booleans(),
        "header_account": st.sampled_from([True, True, False]),
        "sequence": st.sampled_from(["decimal", "hexadecimal", "zero"]),
        "link_test_sequence": st.sampled_from([0, 1, 9999]),
        "link_test_data": st.sampled_from(["", "", "#0000|0000 00 000", "0000 00 000"]),
        "inner_account": st.sampled_from(["hash", "bare"]),
        "contact_id_type": st.sampled_from(["", "18", "98"]),
        "area": st.sampled_from(["ri", "pi"]),
        "separator": st.booleans(),
        "text": st.sampled_from(["caret", "xsia", "block"]),
        "text_width": st.sampled_from([0, 0, 16]),
        "encoding": st.sampled_from(["", "utf-8", "windows-1252"]),
        "occurred": st.sampled_from(["full", "time-only"]),
        "stamp": st.sampled_from(["always", "never", "rubbish"]),
        "stamp_zone": st.sampled_from(["", "", "Asia/Almaty"]),
        "pad": st.sampled_from(["random", "alphanumeric", "constant"]),
        "bar": st.sampled_from(["always", "events"]),
        "trailing_pad": st.booleans(),
        "window": st.integers(1, 4),
        "on_duh": st.sampled_from(["give-up", "repeat"]),
        "on_nak": st.sampled_from(["correct", "ignore"]),
        "retry_stamp": st.sampled_from(["fresh", "same"]),
    }
    return st.builds(Quirks, **(every | only))


@st.composite
def extended(draw: st.DrawFn, edition: Edition) -> dict[str, list[str]]:
    """Fields that the edition has."""
    letters = [letter for letter in GIVEN_LETTERS if SINCE[letter] <= edition.value]
    return draw(st.dictionaries(st.sampled_from(letters), st.lists(texts, min_size=1, max_size=2), max_size=2))


@st.composite
def signals(draw: st.DrawFn, edition: Edition) -> Signal:
    """Signals of both schemes."""
    common: dict[str, Any] = {
        "account": "ignored",
        "text": draw(texts),
        "url": draw(st.one_of(st.just(""), texts)),
        "latitude": draw(st.one_of(st.none(), st.floats(-90, 90))),
        "longitude": draw(st.one_of(st.none(), st.floats(-180, 180))),
        "occurred_at": draw(st.one_of(st.none(), st.integers(0, 80_000).map(lambda age: NOW.wall - age))),
        "old": draw(st.booleans()),
        "extended": draw(st.one_of(st.just({}), extended(edition))),
    }
    if draw(st.booleans()):
        return Signal(
            scheme=Scheme.CONTACT_ID,
            code=draw(st.text(DIALLED, min_size=3, max_size=3)),
            qualifier=draw(st.sampled_from(list(Qualifier))),
            partition=draw(st.one_of(st.just(""), st.text(DIALLED, min_size=2, max_size=2))),
            number=draw(st.one_of(st.just(""), st.text(DIALLED, min_size=3, max_size=3))),
            **common,
        )
    code = draw(st.sampled_from(["BA", "FA", "PA", "OP", "CL", "RP", "BR", "DA", "ZY"]))
    qualifier = Qualifier.RESTORE if catalogue.find("sia", code).category == "restore" else Qualifier.NEW
    if code in MEASURED and draw(st.booleans()):
        qualifier = Qualifier.STATUS
    return Signal(
        scheme=Scheme.SIA,
        code=code,
        qualifier=qualifier,
        partition=draw(st.text("0123456789", max_size=3)),
        number=draw(st.one_of(st.text("0123456789", max_size=4), st.text(HEX, max_size=3))),
        user=draw(st.text("0123456789", max_size=3)),
        details=draw(st.sampled_from([{}, {}, {"lv": ["3"]}, {"id-text": ["John"]}, {"C": ["23.5"]}])),
        **common,
    )


def paths(edition: Edition) -> st.SearchStrategy[str]:
    """Network paths that the edition can say, and whatever the others leave out."""
    return st.sampled_from(["", "", "2", "07"] if edition is Edition.E2026 else ["", "", "2", "b"])


accounts = st.one_of(st.text(HEX, min_size=3, max_size=16), st.text(ALNUM, min_size=1, max_size=16))
prefixes = st.one_of(st.none(), st.text(HEX, max_size=6))
keys = st.one_of(st.none(), st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size)))


@st.composite
def cases(
    draw: st.DrawFn,
    messages: st.SearchStrategy[Message] | None = None,
    *,
    accounts: st.SearchStrategy[str] = accounts,
    prefixes: st.SearchStrategy[str | None] = prefixes,
    keys: st.SearchStrategy[bytes | None] = keys,
    quirks: st.SearchStrategy[Quirks] = quirks(),  # noqa: B008 - strategies are immutable
) -> Case:
    """Any panel with anything to say, unless told what."""
    edition = draw(st.sampled_from(list(Edition)))
    link_tests = st.builds(LinkTest, account=st.just("1"), extended=st.one_of(st.just({}), extended(edition)))
    anything = st.one_of(signals(edition), signals(edition), link_tests)
    return Case(
        account=draw(accounts),
        inner=draw(st.one_of(st.none(), st.none(), st.text(HEX, min_size=3, max_size=16))),
        prefix=draw(prefixes),
        receiver=draw(st.one_of(st.none(), st.text(HEX, min_size=1, max_size=6))),
        key=draw(keys),
        edition=edition,
        quirks=draw(quirks),
        path=draw(paths(edition)),
        message=draw(anything if messages is None else messages),
    )


def has(edition: Edition, letter: str) -> bool:
    """Whether an edition knows a field."""
    return SINCE[letter] <= edition.value


def text_read(case: Case, signal: Signal) -> str:
    """The text that must be read."""
    text = signal.text and signal.text.ljust(case.quirks.text_width)
    given = signal.extended.get("I")
    written_as = clean(given[0]) if given else ""
    if not text:
        return written_as
    if signal.scheme is Scheme.SIA:
        quoted = case.quirks.text == "xsia" and len(text) > 255
        if clean(text) == text and not set("|^/") & set(text) and not quoted:
            return text
        if not has(case.edition, "I"):
            return clean(text).translate({ord(mark): " " for mark in "|^/"})
    elif not has(case.edition, "I"):
        return written_as
    return written_as if given else clean(text)


def sent_at(case: Case, now: Moment = NOW) -> float | None:
    """The stamp that must be read."""
    return now.wall if case.key is not None or case.quirks.stamp == "always" else None


def owner(case: Case) -> str:
    """The account of the event that must be read."""
    header = case.account if case.quirks.header_account else ""
    inner = case.account if case.inner is None else case.inner
    return inner if not header or inner.strip("0") else header


def expected(case: Case, signal: Signal) -> dict[str, Any]:
    """Fields of the signal that must be read, but for its position and its extended data."""
    occurred_at = sent_at(case)
    if has(case.edition, "H") and signal.occurred_at is not None and NOW.wall - signal.occurred_at > 60:
        occurred_at = signal.occurred_at
    given = signal.extended.get("V")
    fields: dict[str, Any] = {
        "account": owner(case),
        "scheme": signal.scheme,
        "code": signal.code,
        "qualifier": signal.qualifier,
        "partition": signal.partition,
        "number": signal.number,
        "text": text_read(case, signal),
        "occurred_at": occurred_at,
        "url": clean(given[0] if given else signal.url),
    }
    if signal.scheme is Scheme.CONTACT_ID:
        return fields | {"partition": signal.partition or "00", "number": signal.number or "000", "old": False}
    by_number = catalogue.find("sia", signal.code).subject == "user"
    measured = signal.qualifier is Qualifier.STATUS
    return fields | {
        "user": signal.user or (signal.number if by_number and not measured else ""),
        "old": signal.old and not measured,
        "details": signal.details,
    }
