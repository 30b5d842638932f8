"""What a frame means: accounts, keys, times, text, and what makes two messages the same."""

from __future__ import annotations

import pytest
from msgspec.json import encode

from protocols.dc09 import decode
from protocols.ends import Limits
from protocols.model import Arrival, ArrivalKind, Dialect, Edition, Moment, Protection, Severity, Signal
from tests.protocols.dc09_support import KEY, NOW, SOURCE, STAMP, VECTORS, encrypted, frame, ids, only, receiver


def read(body: bytes | str, *keys: bytes, now: Moment = NOW, **dialect: object) -> Arrival:
    return only(receiver(*keys, **dialect).receive(frame(body), now))  # type: ignore[arg-type]


def sealed(
    content: bytes, *, header: bytes = b'"*SIA-DCS"0042L0#1234', key: bytes = KEY, pad: bytes | None = None
) -> bytes:
    """An encrypted body; ``content`` begins after the padding."""
    if pad is None:
        pad = bytes(range(0x80, 0x80 + 16 + -len(content) % 16))  # as the 2026 edition asks
    assert (len(pad) + len(content)) % 16 == 0
    return header + b"[" + encrypted(key, pad + content).hex().upper().encode()


def signal(arrival: Arrival) -> Signal:
    [one] = arrival.signals
    return one


# --- accounts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "data", "header_account", "account", "found"),
    [
        ("#1234", "#1234|NBA1", "1234", "1234", set()),
        ("#ABCD", "#0000|NBA1", "ABCD", "ABCD", {"dc09.data.account-zero"}),
        ("#1234", "#5678|NBA1", "1234", "5678", {"dc09.data.account-differs"}),
        ("#1234", "#001234|NBA1", "1234", "001234", {"dc09.data.account-zeros"}),
        ("#001234", "#1234|NBA1", "001234", "1234", {"dc09.data.account-zeros"}),
        ("#ABCD", "#abcd|NBA1", "ABCD", "abcd", set()),
        ("#1234", "1234|NBA1", "1234", "1234", {"dc09.data.no-hash"}),
        ("#1234", "NBA1", "1234", "1234", {"dc09.data.account-missing"}),
        ("#1234", "|NBA1", "1234", "1234", {"dc09.data.account-missing"}),
        ("#1234", "NBA1|AHall", "1234", "1234", {"dc09.data.account-missing"}),
        ("", "#9999|NBA1", "", "9999", {"dc09.header.account-missing"}),
        ("#", "#9999|NBA1", "", "9999", {"dc09.header.account-missing"}),
        ("#foc7688", "#foc7688|NBA1", "foc7688", "foc7688", {"dc09.header.account-form"}),
        ("#foc7688", "foc7688|NBA1", "foc7688", "foc7688", {"dc09.header.account-form", "dc09.data.no-hash"}),
        ("#0000", "#0000|NBA1", "0000", "0000", set()),
    ],
)
def test_the_account_of_an_event(header: str, data: str, header_account: str, account: str, found: set[str]) -> None:
    """The inner account owns the event, the header's is the communicator's; zeros and nothing mean the header's."""
    arrival = read(f'"SIA-DCS"0001L0{header}[{data}]'.encode() + STAMP)
    assert arrival.account == header_account
    assert signal(arrival).account == account
    assert signal(arrival).code == "BA"
    assert ids(arrival) == found


def test_the_look_up_is_asked_once_with_what_the_message_says() -> None:
    """R, L and # as sent; the inner account where the header has none."""
    from protocols.dc09 import ReceivingEnd

    asked = []

    def look_up(adapter: str, r: str | None, line: str | None, account: str) -> Dialect:
        asked.append((adapter, r, line, account))
        return Dialect()

    end = ReceivingEnd(SOURCE, look_up, limits=Limits())
    end.receive(frame('"NULL"0000R1L02#1234[]') + frame('"SIA-DCS"0001L[#9999|NBA1]'), NOW)
    assert asked == [("ip", "1", "02", "1234"), ("ip", None, "", "9999")]


# --- kinds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "found"),
    [
        ('"ADM-CID"0001L0#1234[#1234|1130 01 015]', ArrivalKind.EVENT, set()),
        ('"ADM-CID"0001L0#1234[#1234|hello]', ArrivalKind.MALFORMED, {"dc09.data.no-event"}),
        ('"ADM-CID"0001L0#1234[]', ArrivalKind.MALFORMED, {"dc09.data.empty"}),
        ('"SIA-DCS"0001L0#1234[#1234|]', ArrivalKind.MALFORMED, {"dc09.data.empty"}),
        ('"SIA-DCS"0001L0#1234[#1234]', ArrivalKind.MALFORMED, {"dc09.data.empty"}),
        ('"SIA-DCS"0000L0#1234[#1234|NBA1]', ArrivalKind.EVENT, {"dc09.event.sequence-zero"}),
        ('"SIA-DCS"000AL0#1234[#1234|NBA1]', ArrivalKind.EVENT, {"dc09.header.sequence-form"}),
        ('"NULL"0000L0#1234[]', ArrivalKind.LINK_TEST, set()),
        ('"XNM"0000L0#1234[][G1]', ArrivalKind.LINK_TEST, set()),
        ('"NULL"0000L0#1234[#0000|0000 00 000]', ArrivalKind.LINK_TEST, {"dc09.null.filler"}),
        ('"NULL"0000L0#1234[0000 00 000]', ArrivalKind.LINK_TEST, {"dc09.null.filler"}),
        ('"XNM"0000L0#1234[#1234|]', ArrivalKind.LINK_TEST, {"dc09.null.filler"}),
        ('"NULL"0000L0#1234[#1234]', ArrivalKind.LINK_TEST, {"dc09.null.filler"}),
        ('"NULL"0000L0#1234[  ]', ArrivalKind.LINK_TEST, {"dc09.null.filler"}),
        ('"NULL"0000L0#1234[#1234|1130 01 015]', ArrivalKind.OPAQUE, {"dc09.null.data"}),
        ('"XNM"0000L0#1234[#1234|Nri1/BA001][G1]', ArrivalKind.OPAQUE, {"dc09.null.data"}),
        ('"NULL"0000L0#1234[#1234|0]', ArrivalKind.OPAQUE, {"dc09.null.data"}),
        ('"NULL"0017L0#1234[NPA]', ArrivalKind.OPAQUE, {"dc09.null.data", "dc09.null.sequence"}),
        ('"XNM"0017L0#1234[][G1]', ArrivalKind.LINK_TEST, set()),
        ('"SIA-PUL"0001L0#1234[#1234|31]', ArrivalKind.UNSUPPORTED, {"dc09.token.unsupported"}),
        ('"SK-FSK2"0001L0#1234[#1234|31]', ArrivalKind.UNSUPPORTED, {"dc09.token.unsupported"}),
        ('"ADM-CIDX"0001L0#1234[#1234|31]', ArrivalKind.UNSUPPORTED, {"dc09.token.unknown"}),
        ('"VIS-BBA"0001L0#1234[#1234|31]', ArrivalKind.UNSUPPORTED, {"dc09.token.unknown"}),
        (
            '"sia-dcs"0001L0#1234[#1234|NBA1]',
            ArrivalKind.UNSUPPORTED,
            {"dc09.token.unknown", "dc09.header.token-form"},
        ),
        ('"ACK"0001L0#1234[]', ArrivalKind.ANSWER, {"dc09.answer.unexpected"}),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1', ArrivalKind.MALFORMED, {"dc09.data.unreadable"}),
        ('"SIA-DCS"00x1L0#1234[#1234|NBA1]', ArrivalKind.MALFORMED, {"dc09.header.unreadable"}),
        ('"SIA-DCS"0001#1234[#1234|NBA1]', ArrivalKind.EVENT, {"dc09.header.prefix-missing"}),
        ('"SIA-DCS"0001R1234567L0#1234[#1234|NBA1]', ArrivalKind.EVENT, {"dc09.header.receiver-form"}),
        ('"SIA-DCS"0001L1234567#1234[#1234|NBA1]', ArrivalKind.EVENT, {"dc09.header.prefix-form"}),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1]rubbish', ArrivalKind.EVENT, {"dc09.time.unreadable"}),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1]_25:00:00,01-02-2026', ArrivalKind.EVENT, {"dc09.time.no-such-date"}),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1][5004|x]', ArrivalKind.EVENT, {"dc09.extended.letter"}),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1][]', ArrivalKind.EVENT, {"dc09.extended.letter"}),
    ],
)
def test_the_kind_of_a_message_and_its_departures(body: str, kind: ArrivalKind, found: set[str]) -> None:
    """Tolerant wherever the meaning stays certain, and every departure has a name."""
    arrival = read(body + STAMP.decode() if body.endswith("]") else body)
    assert arrival.kind is kind
    assert ids(arrival) == found


def test_a_finding_says_where_in_the_bytes() -> None:
    """Offset and length count in the raw frame."""
    body = '"SIA-DCS"0001L0#12G4[1234|NBA1][Exyz]'
    for binary in (False, True):
        arrival = only(receiver().receive(frame(body, binary=binary), NOW))
        where = {f.id: arrival.raw[f.offset : f.offset + f.length] for f in arrival.findings if f.offset is not None}
        assert where["dc09.header.account-form"] == b"12G4"
        assert where["dc09.data.no-hash"] == b"1234"
        assert where["dc09.extended.unknown"] == b"[Exyz]"


# --- encryption -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "pad", "found"),
    [
        (b"|#1234|NBA1]" + STAMP, None, set()),
        (b"|#1234|NBA1]" + STAMP + b"\0" * 7, None, {"dc09.cipher.trailing-padding"}),
        (b"|#1234|NBA1]" + STAMP + b"\x10" * 16, None, {"dc09.cipher.trailing-padding"}),
        (b"#1234|NBA1]" + STAMP, None, {"dc09.cipher.no-bar"}),
        (b"|1234|NBA1]" + STAMP, None, {"dc09.data.no-hash"}),
        (b"|NBA1]" + STAMP, None, {"dc09.data.account-missing"}),
        (b"|#1234|NBA12345]" + STAMP, bytes(range(0x80, 0x8C)), {"dc09.cipher.short-padding"}),
    ],
)
def test_padding_in_every_form_is_understood(content: bytes, pad: bytes | None, found: set[str]) -> None:
    """In front with or without a bar; NUL or PKCS#7 behind the stamp as some libraries append it."""
    arrival = read(sealed(content, pad=pad), KEY)
    assert arrival.protection is Protection.KEYED
    assert signal(arrival).code == "BA"
    assert signal(arrival).account == "1234"
    assert arrival.timely
    assert ids(arrival) == found


def test_other_bytes_behind_the_stamp_are_no_padding() -> None:
    """A key that gives a stamp and then rubbish is not the key."""
    content = b"|#1234|NBA1]" + STAMP + b"xyz"
    assert read(sealed(content), KEY).protection is Protection.FAILED


def test_a_missing_stamp_makes_an_encrypted_message_untimely() -> None:
    """It is known by its account, but may be as old as it likes."""
    arrival = read(sealed(b"|#1234|NBA1]"), KEY)
    assert (arrival.protection, arrival.timely, arrival.sent_at) == (Protection.KEYED, False, None)
    assert "dc09.time.missing" in ids(arrival)


@pytest.mark.parametrize(
    ("offset", "timely"),
    [(-41, False), (-40, True), (-39.1, True), (0, True), (20, True), (21, False), (3600, False)],
)
def test_the_window_of_an_encrypted_message(offset: float, timely: bool) -> None:
    """From 40 seconds before to 20 seconds after the receiver's clock, both included."""
    now = Moment(NOW.wall - offset, 0.0)
    assert read(sealed(b"|#1234|NBA1]" + STAMP), KEY, now=now).timely is timely
    assert read(sealed(b"|]" + STAMP, header=b'"*NULL"0000L0#1234'), KEY, now=now).timely is timely


def test_a_plain_message_is_always_timely() -> None:
    """NAK to plain messages makes panels repeat them without end."""
    arrival = read(b'"SIA-DCS"0001L0#1234[#1234|NBA1]' + STAMP, now=Moment(NOW.wall + 86400, 0.0))
    assert arrival.timely
    assert ids(arrival) == {"dc09.time.skew"}


def test_the_key_that_opened_is_named_and_the_others_are_tried() -> None:
    """After a change of key the old one still opens."""
    arrival = read(sealed(b"|#1234|NBA1]" + STAMP), b"x" * 16, b"short", b"y" * 32, KEY)
    assert (arrival.protection, arrival.key_owner) == (Protection.KEYED, "owner")
    assert arrival.plain == b"#1234|NBA1]" + STAMP


@pytest.mark.parametrize("tail", [b"0", b"00" * 15, b"zz" * 16, b"", b"00" * 16 + b" "])
def test_what_is_not_cipher_blocks_opens_with_nothing(tail: bytes) -> None:
    """Odd digits, half blocks, other characters."""
    arrival = read(b'"*SIA-DCS"0042L0#1234[' + tail, KEY)
    assert (arrival.protection, arrival.kind) == (Protection.FAILED, ArrivalKind.OPAQUE)
    assert "dc09.cipher.form" in ids(arrival)


def test_a_bracket_behind_the_cipher_is_forgiven() -> None:
    """Some close it outside as well."""
    arrival = read(sealed(b"|#1234|NBA1]" + STAMP) + b"]", KEY)
    assert arrival.protection is Protection.KEYED
    assert ids(arrival) == {"dc09.cipher.closing-bracket"}


@pytest.mark.parametrize(
    ("edition", "told"), [(None, True), (Edition.E2007, False), (Edition.E2021, False), (Edition.E2026, True)]
)
def test_short_padding_is_worth_a_note_unless_the_edition_allows_it(edition: Edition | None, told: bool) -> None:
    """Logged, not rejected."""
    content = b"|#1234|NBA12]" + STAMP
    for pad, short in ((bytes(range(15)), True), (bytes(range(0x80, 0x9F)), False)):
        found = ids(read(sealed(content, pad=pad), KEY, edition=edition))
        assert found == ({"dc09.cipher.short-padding"} if told and short else set())


@pytest.mark.parametrize("token", ["NULL", "XNM"])
@pytest.mark.parametrize(
    ("content", "header"),
    [
        (b"|#1234|1130 01 015]" + STAMP, "#1234"),
        (b"|#1234|1130 01 015][IHall]" + STAMP, "#1234"),
        (b"|1130 01 015]" + STAMP, "#1234"),
        (b"#1234|1130 01 015]" + STAMP, "#1234"),
        (b"#12xy|NPA]" + STAMP, "#12xy"),
        (b"|#12xy|NPA]" + STAMP, "#12xy"),
        (b"|#1234|1130 01 015]" + STAMP + b"\0" * 3, "#1234"),
    ],
)
def test_an_encrypted_event_with_the_token_of_a_link_test_is_kept(token: str, content: bytes, header: str) -> None:
    """The token stands outside the encryption: whoever changes it must not turn an alarm into nothing."""
    arrival = read(sealed(content, header=f'"*{token}"0017L0{header}'.encode()), KEY)
    assert (arrival.kind, arrival.protection, arrival.signals) == (ArrivalKind.OPAQUE, Protection.KEYED, ())
    [why] = [finding for finding in arrival.findings if finding.id == "dc09.null.data"]
    assert why.severity is Severity.VIOLATION
    as_it_was = read(sealed(content, header=f'"*ADM-CID"0017L0{header}'.encode()), KEY)
    assert arrival.identity is not None
    assert as_it_was.identity is not None
    assert arrival.identity.seal == as_it_was.identity.seal


@pytest.mark.parametrize(
    "data", ["#1234|1130 01 015", "#1234|3401 02 007", "#1234|NBA1^\u0442\u0440\u0435\u0432\u043e\u0433\u0430^"]
)
@pytest.mark.parametrize("token", ["NULL", "XNM"])
@pytest.mark.parametrize("more", [0, 16])
def test_an_event_that_lost_its_first_blocks_is_no_link_test(data: str, token: str, more: int) -> None:
    """In CBC they can be left out: one block of rubbish and the end of the event remain, which are no padding."""
    content = f"|{data}]".encode() + STAMP
    secret = encrypted(KEY, b"p" * (16 - len(content) % 16 + more) + content)
    for count in range(2, len(secret) // 16 + 1):
        body = f'"*{token}"0000L0#1234['.encode() + secret[-16 * count :].hex().upper().encode()
        arrival = read(body, KEY)
        assert arrival.kind is not ArrivalKind.LINK_TEST or not arrival.timely


@pytest.mark.parametrize("fields", ["[IHall]", "[RLivingRoom]", "[Vhttp://v.example/1]", "[TS][H11:59:58,01-02-2026]"])
@pytest.mark.parametrize("token", ["NULL", "XNM"])
def test_an_event_with_fields_that_lost_its_first_blocks_is_no_link_test(fields: str, token: str) -> None:
    """However little of its data remains: what an event has to say besides betrays it."""
    for more in range(16):
        content = f"|#1234|{'1130 01 015'}{'x' * more}]{fields}".encode() + STAMP
        secret = encrypted(KEY, b"p" * (16 - len(content) % 16) + content)
        for count in range(2, len(secret) // 16 + 1):
            body = f'"*{token}"0000L0#1234['.encode() + secret[-16 * count :].hex().upper().encode()
            arrival = read(body, KEY)
            assert arrival.kind is not ArrivalKind.LINK_TEST or not arrival.timely, (more, count)


@pytest.mark.parametrize(
    ("pad", "fields"),
    [
        (b"\x81\x03\xfe" * 9, b""),
        (b"\xff" * 27, b""),
        (b"\xff" * 16 + b"x", b"[CSP4][G1]"),
        (bytes(range(27)), b""),
        (b"p" * 11, b""),
        (b"p" * 27, b""),
        (b"any text here...", b"[CSP4][G12]"),
        (b"p" * 11, b"[I1234567890123]"),
    ],
)
def test_an_encrypted_link_test_may_have_long_padding_and_no_bar(pad: bytes, fields: bytes) -> None:
    """Up to 31 random bytes, as the 2026 edition asks, and a block of anything in the others."""
    arrival = read(sealed(b"]" + fields + STAMP, header=b'"*NULL"0000L0#1234', pad=pad), KEY)
    assert arrival.kind is ArrivalKind.LINK_TEST


@pytest.mark.parametrize(
    "content",
    [b"|]", b"]", b"|][G1]", b"|#1234|]", b"|#1234]", b"|  ]", b"|#0000|0000 00 000]", b"#1234|0000 00 000]"],
)
def test_an_encrypted_link_test_stays_one(content: bytes) -> None:
    """Nothing, blanks, an account alone, the zeros of one maker, extended data; with and without a bar."""
    arrival = read(sealed(content + STAMP, header=b'"*NULL"0000L0#1234'), KEY)
    assert (arrival.kind, arrival.protection) == (ArrivalKind.LINK_TEST, Protection.KEYED)


# --- what cannot be read ------------------------------------------------------------------------------------------


def told(arrival: Arrival) -> tuple[object, ...]:
    """What the arrival says of its header, and the account inside."""
    return arrival.token, arrival.sequence, arrival.receiver, arrival.prefix, arrival.account, arrival.inner


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ('"SIA-DCS"0042R1L02#1234[#5678|NBA1', ("SIA-DCS", "0042", "1", "02", "1234", "5678")),
        ('"SIA-DCS"0042L0#1234[NBA1', ("SIA-DCS", "0042", None, "0", "1234", "")),
        ('"SIA-DCS"0042L#1234[#0000|NBA1', ("SIA-DCS", "0042", None, "", "1234", "")),
        ('"SIA-DCS"0042[#5678', ("SIA-DCS", "0042", None, None, "", "5678")),
        ('"NULL"0000L0#1234[', ("NULL", "0000", None, "0", "1234", "")),
    ],
)
def test_a_message_with_unreadable_data_keeps_what_its_header_says(body: str, known: tuple[object, ...]) -> None:
    """Whose it is decides who may send it, and who is told of it."""
    arrival = read(body)
    assert (arrival.kind, ids(arrival) >= {"dc09.data.unreadable"}) == (ArrivalKind.MALFORMED, True)
    assert told(arrival) == known


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ('"SIA-DCS"0042L0#1234(oops)', ("SIA-DCS", "0042", None, "0", "1234", "")),
        ('"SIA-DCS"0042L0#12345678901234567[#1|NBA1]', ("SIA-DCS", "0042", None, "0", "", "")),
        ('"SIA-DCS"0042NoneL0#1234[#1234|NBA1]', ("SIA-DCS", "0042", None, None, "", "")),
        ('"SIA-DCS without its quote', ("", "", None, None, "", "")),
    ],
)
@pytest.mark.parametrize("star", ["", "*"])
def test_of_an_unreadable_header_is_told_what_can_be(body: str, known: tuple[object, ...], star: str) -> None:
    """As much as stands in its place; a message marked as encrypted was not opened."""
    arrival = read(body.replace('"', f'"{star}', 1), KEY)
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.MALFORMED, {"dc09.header.unreadable"})
    assert told(arrival) == known
    assert arrival.protection is (Protection.FAILED if star else Protection.NONE)


@pytest.mark.parametrize(
    ("body", "key", "protection"),
    [
        (b'"ADM-CID"0042R1L2#1234[#5678|1130 01 015]', None, Protection.NONE),
        (sealed(b"|#5678|1130 01 015]" + STAMP, header=b'"*ADM-CID"0042R1L2#1234'), KEY, Protection.KEYED),
    ],
)
def test_a_fault_of_the_program_keeps_what_was_read_before_it(
    body: bytes, key: bytes | None, protection: Protection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Header, inner account, and which key had opened the message."""
    from protocols import contact_id

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(contact_id, "read", fails)
    arrival = read(body, *([] if key is None else [key]))
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.MALFORMED, {"dc09.data.account-differs", "dc09.unreadable"})
    assert told(arrival) == ("ADM-CID", "0042", "1", "2", "1234", "5678")
    assert arrival.protection is protection
    assert (arrival.key_owner, arrival.plain != b"") == (("owner", True) if key else ("", False))


def test_a_fault_before_the_key_is_found_leaves_the_message_unopened() -> None:
    """A look-up that breaks its promise."""
    from protocols.dc09 import ReceivingEnd

    def fails(adapter: str, r: str | None, line: str | None, account: str) -> Dialect:
        raise KeyError(account)

    body = sealed(b"|#1234|NBA1]" + STAMP)
    arrival = only(ReceivingEnd(SOURCE, fails).receive(frame(body), NOW))
    assert (arrival.account, arrival.protection, arrival.kind) == ("1234", Protection.FAILED, ArrivalKind.MALFORMED)


@pytest.mark.parametrize(
    ("token", "data", "kind", "inner"),
    [
        ("SIA-DCS", "#5678|NBA1", ArrivalKind.EVENT, "5678"),
        ("SIA-DCS", "#1234|NBA1", ArrivalKind.EVENT, "1234"),
        ("SIA-DCS", "5678|NBA1", ArrivalKind.EVENT, "5678"),
        ("SIA-DCS", "NBA1", ArrivalKind.EVENT, ""),
        ("SIA-DCS", "#0000|NBA1", ArrivalKind.EVENT, ""),
        ("SIA-DCS", "#5678|?", ArrivalKind.OPAQUE, "5678"),
        ("SIA-DCS", "#5678", ArrivalKind.MALFORMED, "5678"),
        ("ADM-CID", "#5678|hello", ArrivalKind.MALFORMED, "5678"),
        ("NULL", "#5678|", ArrivalKind.LINK_TEST, "5678"),
        ("NULL", "#5678|1130 01 015", ArrivalKind.OPAQUE, "5678"),
        ("SIA-PUL", "#5678|31", ArrivalKind.UNSUPPORTED, "5678"),
        ("NULL", "", ArrivalKind.LINK_TEST, ""),
    ],
)
def test_the_account_inside_the_data_is_told_for_every_kind(
    token: str, data: str, kind: ArrivalKind, inner: str
) -> None:
    """In the clear and decrypted, whether or not a signal could be read; zeros stand for the header's."""
    plain = read(f'"{token}"0001L0#1234[{data}]')
    assert (plain.kind, plain.inner) == (kind, inner)
    secret = read(sealed(f"|{data}]".encode() + STAMP, header=f'"*{token}"0001L0#1234'.encode()), KEY)
    assert (secret.kind, secret.inner, secret.protection) == (kind, inner, Protection.KEYED)
    closed = read(sealed(f"|{data}]".encode() + STAMP, header=f'"*{token}"0001L0#1234'.encode()))
    assert (closed.inner, closed.protection) == ("", Protection.FAILED)


# --- floods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "[#1234|N" + "BA1/" * 1000 + "]",
        "[#1234|N" + "BA1/" * 64 + "][I" + "x" * 3500 + "]",
        "[#1234|N" + "BA1/" * 64 + "]" + "[V]" * 1200,
        "[#1234|N" + "BA1/" * 64 + "]" + "[a]" * 1200,
        "[#1234|Nid1^" + "x" * 3600 + "^/" + "BA1/" * 64 + "]",
        "[#1234|Nid" + "1" * 3600 + "/" + "BA1/" * 64 + "]",
        "[#1234|N" + "BA" * 1900 + "]",
        "[#1234|" + "BA1|" * 900 + "]",
    ],
)
def test_a_small_message_does_not_become_a_big_one(content: str) -> None:
    """Every signal becomes an entry of the journal: thousands of them, or long texts in each, would fill the disk."""
    arrival = read('"SIA-DCS"0042L0#1234' + content)
    assert arrival.kind is ArrivalKind.EVENT
    assert len(arrival.signals) == 64
    assert len(arrival.findings) < 10
    assert len(encode(arrival.signals)) < 100_000


def test_long_extended_data_stays_with_the_first_of_many_events() -> None:
    """With few events it stays with each."""
    rest = "][I" + "x" * 1000 + "][Vhttp://v.example/1]" + STAMP.decode()
    many = read('"SIA-DCS"0042L0#1234[#1234|N' + "BA1/" * 20 + rest)
    assert [one.url != "" for one in many.signals] == [True] + [False] * 19
    assert ids(many) == {"dc09.extended.first-only"}
    few = read('"SIA-DCS"0042L0#1234[#1234|N' + "BA1/" * 5 + rest)
    assert [one.text for one in few.signals] == ["x" * 1000] * 5
    assert ids(few) == set()


def test_thousands_of_extended_fields_are_kept_and_named_once() -> None:
    """Values stay, in their order; the departure is told with its first place."""
    fields = "".join(f"[E{n}]" for n in range(500))
    arrival = read(f'"ADM-CID"0001L0#1234[#1234|1130 01 015]{fields}'.encode() + STAMP)
    assert signal(arrival).extended == {"E": [str(n) for n in range(500)]}
    [unknown] = arrival.findings
    assert unknown.offset is not None
    assert arrival.raw[unknown.offset :].startswith(b"[E0][E1]")


# --- times ----------------------------------------------------------------------------------------------------


def test_the_time_of_occurrence_wins_over_the_event_time_and_that_over_the_stamp() -> None:
    """H, else ti and da, else the stamp, else nothing."""
    base = '"SIA-DCS"0001L0#1234[#1234|N{}BA1]{}'
    stamp = STAMP.decode()
    assert signal(read(base.format("ti11:00/", "[H10:00:00,01-02-2026]" + stamp))).occurred_at == NOW.wall - 7200
    assert signal(read(base.format("ti11:00/", stamp))).occurred_at == NOW.wall - 3600
    assert signal(read(base.format("", stamp))).occurred_at == NOW.wall
    assert signal(read(base.format("", ""))).occurred_at is None


def test_a_time_of_occurrence_without_a_date_is_the_last_such_time() -> None:
    """One communicator writes H9:05:07."""
    body = '"SIA-DCS"0001L0#1234[#1234|NBA1][H{}]' + STAMP.decode()
    assert signal(read(body.format("9:05:07"))).occurred_at == NOW.wall - 3 * 3600 + 5 * 60 + 7
    assert signal(read(body.format("23:00:00"))).occurred_at == NOW.wall - 13 * 3600
    arrival = read(body.format("soon"))
    assert signal(arrival).occurred_at == NOW.wall
    assert "dc09.extended.time" in ids(arrival)


@pytest.mark.parametrize("date", ["00-31-2019", "02-30-2026", "13-01-2026", "01-00-2026", "01-01-0000", "01-01-9999"])
def test_a_date_that_does_not_exist_is_absent(date: str) -> None:
    """One firmware counts months from zero; nothing breaks."""
    arrival = read(f'"SIA-DCS"0001L0#1234[#1234|NBA1]_12:00:00,{date}')
    assert arrival.sent_at is None
    assert signal(arrival).occurred_at is None
    assert ids(arrival) == {"dc09.time.no-such-date"}


def test_a_stamp_in_local_time_is_recognised() -> None:
    """Read in the account's time zone it is right: that is meant, and named."""
    now = Moment(NOW.wall - 5 * 3600 + 10, 0.0)
    body = b'"SIA-DCS"0001L0#1234[#1234|NBA1]' + STAMP
    arrival = read(body, now=now, time_zone="Asia/Almaty")
    assert ids(arrival) == {"dc09.time.local"}
    assert arrival.sent_at == signal(arrival).occurred_at == NOW.wall - 5 * 3600
    assert ids(read(body, now=now)) == {"dc09.time.skew"}
    assert ids(read(body, now=now, time_zone="No/Such")) == {"dc09.time.skew"}


# --- text and extended data -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("\u0442\u0440\u0435\u0432\u043e\u0433\u0430".encode(), "\u0442\u0440\u0435\u0432\u043e\u0433\u0430"),
        (b"Caf\xe9", "Caf\u00e9"),
        (b"\x80\x81\x8d\x8f\x90\x9d", "\u20ac\x81\x8d\x8f\x90\x9d"),
        (b"\xed\xa0\x80", "\u00ed\xa0\u20ac"),
        (b"plain", "plain"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-7", "no-such-codec", "ascii"])
def test_text_is_utf8_else_windows_1252_and_never_a_surrogate(data: bytes, text: str, encoding: str) -> None:
    """Five bytes that Windows-1252 leaves open are Latin-1."""
    arrival = read(b'"ADM-CID"0001L0#1234[#1234|1130 01 015][I' + data + b"]", encoding=encoding)
    found = signal(arrival).text
    found.encode("utf-8")
    if encoding == "utf-8":
        assert found == text
        assert signal(arrival).extended == {"I": [text]}


def test_a_codec_that_makes_surrogates_is_not_trusted() -> None:
    """utf-7 decodes to lone surrogates, which no database takes."""
    arrival = read(b'"ADM-CID"0001L0#1234[#1234|1130 01 015][I+2AA-]', encoding="utf-7")
    signal(arrival).text.encode("utf-8")


def test_the_texts_of_the_event_win_over_the_extended_data() -> None:
    """[I...] is the text only when the event has none."""
    assert signal(read('"SIA-DCS"0001L0#1234[#1234|NBA1^Hall^][IKitchen]')).text == "Hall"
    assert signal(read('"SIA-DCS"0001L0#1234[#1234|NBA1][IKitchen]')).text == "Kitchen"


@pytest.mark.parametrize(
    ("x", "longitude"),
    [
        ("006E07.777", 6 + 7.777 / 60),
        ("093W23.456", -(93 + 23.456 / 60)),
        ("006E07.7777777", 6 + 7.7777777 / 60),
        ("52.21", 52.21),
        ("-6.5", -6.5),
        ("115000", None),
        ("181", None),
        ("006N07.777", None),
        ("006E61.0", None),
        ("", None),
        ("nan", None),
    ],
)
def test_a_longitude(x: str, longitude: float | None) -> None:
    """Degrees, hemisphere, minutes; decimal degrees too; nonsense is named and left out."""
    arrival = read(f'"ADM-CID"0001L0#1234[#1234|1130 01 015][X{x}]')
    found = signal(arrival).longitude
    assert found == (None if longitude is None else pytest.approx(longitude))
    assert ("dc09.extended.position" in ids(arrival)) is (longitude is None)


@pytest.mark.parametrize(
    ("fields", "path"), [("[G2]", "2"), ("[J1]", "1"), ('[J{"a":1}]', ""), ("[G2][J1]", "2"), ("", "")]
)
def test_the_network_path_of_a_message(fields: str, path: str) -> None:
    """G in the 2026 edition, J in that of 2021, where it is JSON in that of 2026."""
    assert read(f'"ADM-CID"0001L0#1234[#1234|1130 01 015]{fields}').path == path
    assert read(f'"XNM"0000L0#1234[]{fields}').path == path


# --- identity -------------------------------------------------------------------------------------------------


def identity(body: bytes | str, *keys: bytes) -> object:
    return read(body, *keys).identity


@pytest.mark.parametrize(
    ("header", "scope"),
    [
        ("L0#1234", "L0#1234"),
        ("#1234", "L0#1234"),
        ("L#1234", "L0#1234"),
        ("L000#001234", "L0#001234"),
        ("R0L0#1234", "L0#1234"),
        ("R1L0#1234", "R1L0#1234"),
        ("R000001L010000#2104814", "R1L10000#2104814"),
        ("Rc0ffdL1234#abc", "RC0FFDL1234#ABC"),
        ("L0#0000", "L0#0000"),
        ("L0", "L0#1234"),
    ],
)
def test_the_scope_of_an_identity(header: str, scope: str) -> None:
    """Leading zeros of R and L, and case, do not count; no R is R0, no L is L0; a missing account is the inner one."""
    found = read(f'"SIA-DCS"0001{header}[#1234|NBA1]').identity
    assert found is not None
    assert found.scope == scope


def test_a_repetition_has_the_same_identity() -> None:
    """Stamp, CRC form and encryption do not count; number, token, data and extended data do."""
    body = '"SIA-DCS"0042L0#1234[#1234|NBA1][IHall]'
    first = read(body).identity
    assert first is not None
    assert first.number == 42
    assert first == read(body + STAMP.decode()).identity
    assert first == read(body + "_13:00:00,01-02-2026").identity
    assert first == only(receiver().receive(frame(body, binary=True), NOW)).identity
    for at in (b"", b"1234567890123456"):
        secret = read(sealed(b"|#1234|NBA1][IHall]" + STAMP, pad=at + b"0123456789"[: 16 - 39 % 16]), KEY).identity
        assert secret is not None
        assert (secret.scope, secret.number, secret.content) == (first.scope, first.number, first.content)
    for other in (
        '"SIA-DCS"0043L0#1234[#1234|NBA1][IHall]',
        '"SIA-DCS"0042L0#1234[#1234|NBA2][IHall]',
        '"SIA-DCS"0042L0#1234[#1234|NBA1][IHell]',
        '"SIA-DCS"0042L1#1234[#1234|NBA1][IHall]',
        '"SIA-DCX"0042L0#1234[#1234|NBA1][IHall]',
    ):
        assert read(other).identity != first


def test_sequence_zero_is_no_number() -> None:
    """And one printed in hexadecimal never equals a decimal one."""
    zero, ten, hexadecimal = (
        read(f'"SIA-DCS"{sequence}L0#1234[#1234|NBA1]').identity for sequence in ("0000", "0010", "000A")
    )
    assert zero is not None
    assert ten is not None
    assert hexadecimal is not None
    assert (zero.number, ten.number) == (None, 10)
    assert hexadecimal.number not in range(10_000)


def test_only_an_encrypted_message_has_a_seal() -> None:
    """A plain link test has no identity at all, an encrypted one only its seal."""
    assert identity('"NULL"0000L0#1234[]') is None
    plain = read('"SIA-DCS"0001L0#1234[#1234|NBA1]').identity
    assert plain is not None
    assert plain.seal is None
    null = read(sealed(b"|]" + STAMP, header=b'"*NULL"0000L0#1234'), KEY).identity
    assert null is not None
    assert null.number is None
    assert null.seal is not None


def test_a_seal_is_the_same_however_the_frame_is_written_and_differs_for_every_new_one() -> None:
    """Changing the case of digits or zeros in front does not make a replayed frame a new one."""
    content = b"|#1234|NBA1]" + STAMP
    body = sealed(content)
    seals = set()
    for variant in (body, body.replace(body[22:], body[22:].lower()), body.replace(b"L0#1234", b"L00#01234")):
        found = read(variant, KEY).identity
        assert found is not None
        seals.add(found.seal)
    assert len(seals) == 1
    other = read(sealed(content, pad=b"q" * (16 - len(content) % 16)), KEY).identity
    assert other is not None
    assert other.seal not in seals


def test_reading_a_capture_does_not_compare_clocks() -> None:
    """A frame of 2006 is as good as one of today."""
    [arrival] = decode(VECTORS["S05"].frame, [VECTORS["S05"].key or b""], wall=NOW.wall)
    assert isinstance(arrival, Arrival)
    assert arrival.timely
    assert "dc09.time.window" not in ids(arrival)


@pytest.mark.parametrize("data", ["", "#9999|"])
@pytest.mark.parametrize("token", ["NULL", "XNM"])
def test_a_link_test_with_an_event_in_a_second_pair_of_brackets_is_kept(token: str, data: str) -> None:
    """It is no extended data, and nobody knows what it means: acknowledged, but never without a trace."""
    [arrival] = decode(frame(f'"{token}"0000L0#9999[{data}][#9999|NFA1]'))
    assert isinstance(arrival, Arrival)
    assert arrival.kind is ArrivalKind.OPAQUE
    assert "dc09.null.data" in {finding.id for finding in arrival.findings}
    [plain] = decode(frame(f'"{token}"0000L0#9999[{data}][ISchool]'))
    assert isinstance(plain, Arrival)
    assert plain.kind is ArrivalKind.LINK_TEST


def test_any_one_character_is_a_path_of_the_maker() -> None:
    """``J`` of the 2021 edition."""
    [arrival] = decode(frame('"NULL"0000L0#1234[][J-]'))
    assert isinstance(arrival, Arrival)
    assert "dc09.extended.value" not in {finding.id for finding in arrival.findings}
