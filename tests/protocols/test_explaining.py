"""DC-09 messages byte by byte: every byte has its part, and the parts say what the decoder read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.dc09 import UnsendableError, decode, explain, explaining
from protocols.explanation import PLAIN, WIRE, Explanation, Layer, Part
from protocols.findings import PARTS, SEVERITIES
from protocols.model import Arrival, ArrivalKind, Dialect, Finding, Key, Noise, Protection, Signal
from tests.protocols.dc09_messages import Case, cases
from tests.protocols.dc09_support import GOOD, KEY, NOW, STAMP, VECTORS, Vector, encrypted, frame

MANY = settings(deadline=None, max_examples=200)
WRONG = Key(bytes(16), "wrong")
KEYS = sorted({vector.key for vector in GOOD if vector.key})[:4]


def taken_apart(
    data: bytes, keys: Sequence[Key] = (), plain: bytes = b"", findings: Sequence[Finding] = (), noise: str = ""
) -> Explanation:
    """An explanation made without the net that catches errors of ours; every byte has its part."""
    found = explaining.taken_apart(data, keys, plain, findings, noise)
    assert [layer.name for layer in found.layers] in ([WIRE], [WIRE, PLAIN])
    assert found.layers[0].data == data
    for layer in found.layers:
        at = 0
        for part in layer.parts:
            assert part.start == at < part.end
            at = part.end
        assert at == len(layer.data)
    sizes = {layer.name: len(layer.data) for layer in found.layers}
    for placed in found.findings:
        assert placed.layer == "" or 0 <= placed.start < placed.end <= sizes[placed.layer]
    return found


def layer(found: Explanation, name: str = WIRE) -> Layer:
    """One layer."""
    return next(one for one in found.layers if one.name == name)


def parts(found: Explanation, id_: str) -> list[Part]:
    """All parts of an id, those of the wire first."""
    return [part for one in found.layers for part in one.parts if part.id == id_]


def value(found: Explanation, id_: str) -> str | None:
    """What the only part of an id says, None where there is none."""
    known = parts(found, id_)
    assert len(known) <= 1
    return known[0].value if known else None


def bytes_of(found: Explanation, id_: str) -> bytes:
    """The bytes of the only part of an id."""
    for one in found.layers:
        for part in one.parts:
            if part.id == id_:
                return one.data[part.start : part.end]
    raise AssertionError(id_)


def at_finding(found: Explanation, id_: str) -> tuple[str, bytes]:
    """Layer and bytes where a finding shows."""
    placed = next(one for one in found.findings if one.id == id_)
    return placed.layer, layer(found, placed.layer).data[placed.start : placed.end] if placed.layer else b""


def events_in(found: Explanation) -> list[tuple[str, ...]]:
    """Scheme, code, qualifier, subject, number (and partition of Contact ID) of the events in an explanation."""
    if code := parts(found, "contact-id.code"):
        said = code[0].values
        if parts(found, "contact-id.number"):
            number = parts(found, "contact-id.number")[0]
            assert number.values["subject"] == said["subject"]
            partition = parts(found, "contact-id.partition")[0].value
            return [("contact-id", code[0].value, said["qualifier"], said["subject"], number.value, partition)]
        return []
    events: list[tuple[str, ...]] = []
    for part in (part for one in found.layers for part in one.parts):
        if part.id == "sia.event":
            assert part.values["event"] == str(len(events) + 1)
            events.append(("sia", part.value, part.values["qualifier"], part.values["subject"], ""))
        elif part.id == "sia.address":
            assert part.values["event"] == str(len(events))
            assert part.values["subject"] == events[-1][3]
            events[-1] = (*events[-1][:-1], part.value)
    return events


def events_of(signals: Sequence[Signal]) -> list[tuple[str, ...]]:
    """The same of what the decoder read."""
    said = [(one.scheme.value, one.code, one.qualifier.value, one.subject, one.number) for one in signals]
    return [
        (*fields, one.partition) if one.scheme == "contact-id" else fields
        for fields, one in zip(said, signals, strict=True)
    ]


def rfc3339(seconds: float) -> str:
    """As parts say times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def agree(arrival: Arrival, found: Explanation) -> None:
    """The explanation says what the decoder read of the same bytes."""
    assert "dc09.unreadable" not in {one.id for one in arrival.findings}
    assert (value(found, "dc09.token") or "") == arrival.token
    assert (value(found, "dc09.sequence") or "") == arrival.sequence
    assert value(found, "dc09.receiver") == arrival.receiver
    assert value(found, "dc09.prefix") == arrival.prefix
    assert (value(found, "dc09.account") or "") == arrival.account
    inner = value(found, "dc09.data-account") or ""
    assert (inner if inner.strip("0") else "") == arrival.inner
    assert (value(found, "dc09.stamp") or None) == (None if arrival.sent_at is None else rfc3339(arrival.sent_at))
    assert events_in(found) == events_of(arrival.signals)
    assert [part.fits for id_ in ("dc09.crc", "dc09.length") for part in parts(found, id_)] == [True, True]
    if arrival.protection is Protection.KEYED:
        whole = layer(found, PLAIN).data
        assert arrival.plain in whole
        assert whole.endswith(arrival.plain) or parts(found, "dc09.trailing-pad")
    if arrival.signals and arrival.signals[0].extended:
        said = [(part.values["letter"], part.value) for part in parts(found, "dc09.extended") if part.values["letter"]]
        read = [(letter, one) for letter, all_ in arrival.signals[0].extended.items() for one in all_]
        plain = [pair for pair in said if pair[0] not in "HXYK"]
        assert sorted(plain) == sorted(pair for pair in read if pair[0] not in "HXYK")


def agree_on_all(data: bytes, *keys: bytes) -> None:
    """Everything that the decoder finds in a stream is explained as it was read."""
    known = [Key(key, f"key {place}") for place, key in enumerate(keys, 1)]
    items = decode(data, keys, wall=NOW.wall)
    for item in items:
        if isinstance(item, Noise):
            assert taken_apart(item.raw, known, noise=item.guess).noise == item.guess
            continue
        found = taken_apart(item.raw, known, findings=item.findings)
        agree(item, found)
        assert [placed.id for placed in found.findings] == [one.id for one in item.findings]
        if item.plain:  # the same from the journal, which knows no key
            told = taken_apart(item.raw, plain=item.plain, findings=[SEEN[one.id] for one in item.findings])
            agree(item, told)
            assert layer(told, PLAIN).data == item.plain
    if len(items) == 1 and isinstance(items[0], Arrival):
        agree(items[0], taken_apart(data, known))
    assert explain(data, keys=known) == taken_apart(data, known)


SEEN = {id_: Finding(id_, severity) for id_, severity in SEVERITIES.items()}
"""Every finding as the journal keeps it: without its place."""


# --- agreement -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector.id)
def test_captured_frames_are_explained_as_they_are_read(vector: Vector) -> None:
    """Of every maker, with the key, with a wrong one, and without any."""
    agree_on_all(vector.frame, *([vector.key] if vector.key else []))
    agree_on_all(vector.frame, WRONG.material)
    agree_on_all(vector.frame)


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector.id)
def test_of_a_right_frame_nothing_but_rubbish_is_unread(vector: Vector) -> None:
    """Each has the parts that every frame has."""
    found = taken_apart(vector.frame, [Key(vector.key, "owner")] if vector.key else [])
    ids = [part.id for part in layer(found).parts]
    assert ids[:5] == ["dc09.start", "dc09.crc", "dc09.length", "dc09.token", "dc09.sequence"]
    assert "dc09.end" in ids
    if vector.id != "C15":  # two frames in one segment
        assert "dc09.rest" not in ids


@MANY
@given(cases())
def test_whatever_a_panel_can_send_is_explained_as_it_is_read(case: Case) -> None:
    """By any edition, with any quirks, with its key and without."""
    panel = case.end()
    try:
        panel.submit(case.message, NOW)
    except UnsendableError:
        return
    data = panel.data_to_send()
    agree_on_all(data, *([case.key] if case.key else []))
    agree_on_all(data)


PIECES = [b"[", b"]", b"|", b"#", b"^", b"/", b"*", b'"', b"_", b"\n", b"\r", b"\0", b"L", b"R0", b"N", b"A", b"ri1"]
PIECES += [b"\xff", b"\xd0\x96", b"[K00]", b"[H1:02:03]", b"[X999]", STAMP, b"BA1", b"1130 01 015", b"1234", b" "]
DECRYPTED = {
    vector.id: vector.plain for vector in GOOD if vector.plain is not None and len(vector.plain.split(b"]")[0]) > 16
}


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes with a few places changed, taken out or filled in."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        gone = draw(st.sampled_from([0, 0, 1, 2, 7]))
        new = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3), st.just(b"")))
        data = data[:at] + new + data[at + gone :]
    return data


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Right frames around the mutated bodies of captured ones."""
    vector = draw(st.sampled_from(GOOD))
    head = 9 if vector.frame[9:10] == b'"' else 7
    body = draw(mutated(vector.frame[head:].rstrip(b"\r\0")))
    return frame(body[:4000], binary=draw(st.booleans()))


@MANY
@given(bodies())
@example(frame(b'"SIA-DCS"0001L0#1234[|Nri1/BA1]'))
@example(frame(b'"SIA-DCS"0001L0#1234[#1234|BA1|N|QQ2]'))
@example(frame(b'"SIA-DCS"0001L0#1234[#1234|' + b"BA1|" * 70 + b"]"))
@example(frame(b'"SIA-DCS"0001L0#1234[#1234|N' + b"BA1/" * 70 + b"|NBA2]"))
@example(frame(b'"RSP"0001L0#1234[#1234|COR1*1|NBA1]'))
@example(frame(b'"SIA-DCS"0001L0#[#1234|NBA1]'))
@example(frame(b'"SIA-DCS"0001'))
@example(frame(b'"'))
@example(frame(b"x"))
def test_any_body_is_explained_as_it_is_read(data: bytes) -> None:
    """The CRC is right, whatever the rest is."""
    agree_on_all(data, *KEYS)


@MANY
@given(st.sampled_from(list(VECTORS.values())).flatmap(lambda vector: mutated(vector.frame)))
def test_any_damage_is_explained_as_it_is_read(data: bytes) -> None:
    """Nearly all of these are no frames any more."""
    agree_on_all(data)


@MANY
@given(
    st.sampled_from(sorted(DECRYPTED)).flatmap(lambda id_: mutated(DECRYPTED[id_])),
    st.sampled_from(["SIA-DCS", "ADM-CID", "NULL", "ACK", "XYZ"]),
)
def test_any_decrypted_bytes_are_explained_as_they_are_read(plain: bytes, token: str) -> None:
    """The key fits; what it opens may be anything."""
    secret = encrypted(KEY, plain + b"\0" * (-len(plain) % 16)).hex().upper()
    agree_on_all(frame(f'"*{token}"0001L0#1234[{secret}'), WRONG.material, KEY)


@MANY
@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_are_explained(data: bytes, plain: bytes) -> None:
    """However little can be told."""
    taken_apart(data, [WRONG, Key(b"short", "short")], plain, list(SEEN.values()), "garbage")


@MANY
@given(st.binary(max_size=60))
def test_any_decrypted_bytes_of_the_journal_are_explained(plain: bytes) -> None:
    """They need not belong to the message."""
    taken_apart(VECTORS["F14"].frame, plain=plain, findings=list(SEEN.values()))


def test_an_error_of_ours_does_not_hide_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are one unread part then."""

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(explaining, "taken_apart", fails)
    found = explain(b"\nABC", findings=[SEEN["dc09.crc.binary"]], noise="garbage")
    assert [(part.id, part.start, part.end) for part in layer(found).parts] == [("dc09.rest", 0, 4)]
    assert (found.noise, [one.id for one in found.findings]) == ("garbage", ["dc09.crc.binary"])


# --- numbers of damaged frames ---------------------------------------------------------------------------------------


def sums(data: bytes) -> tuple[tuple[dict[str, str], bool], tuple[dict[str, str], bool]]:
    """Values of CRC and length, and whether they fit."""
    found = taken_apart(data)
    crc, length = parts(found, "dc09.crc")[0], parts(found, "dc09.length")[0]
    return (crc.values, crc.fits), (length.values, length.fits)


BODY = b'"NULL"0000L0#1234[]'
RIGHT = frame(BODY)


def test_a_right_frame_gives_the_same_numbers_twice() -> None:
    """Given and computed, given and counted."""
    assert sums(RIGHT) == (
        ({"given": RIGHT[1:5].decode(), "computed": RIGHT[1:5].decode()}, True),
        ({"given": "19", "counted": "19"}, True),
    )


def test_a_wrong_crc_is_told_with_the_right_one() -> None:
    """The length is right all the same, and the rest is read."""
    wrong = b"\n0000" + RIGHT[5:]
    (crc, crc_fits), (_, length_fits) = sums(wrong)
    assert (crc, crc_fits, length_fits) == ({"given": "0000", "computed": RIGHT[1:5].decode()}, False, True)
    assert value(taken_apart(wrong, noise="dc09.crc-mismatch"), "dc09.account") == "1234"


@pytest.mark.parametrize("length", [b"0012", b"0014", b"0FFF", b"FFFF"])
def test_a_wrong_length_is_told_with_the_right_one(length: bytes) -> None:
    """The CRC may be right all the same."""
    wrong = RIGHT[:5] + length + RIGHT[9:]
    (_, crc_fits), (given_length, length_fits) = sums(wrong)
    assert (given_length, length_fits) == ({"given": str(int(length, 16)), "counted": "19"}, False)
    assert crc_fits


@pytest.mark.parametrize("size", range(10, len(RIGHT)))
def test_of_a_frame_cut_off_the_crc_cannot_be_checked(size: int) -> None:
    """It is not called wrong; how many bytes came is told."""
    (crc, crc_fits), (length, length_fits) = sums(RIGHT[:size])
    if size < len(RIGHT) - 1:
        assert (crc, crc_fits) == ({"given": RIGHT[1:5].decode(), "cut": "1"}, True)
        assert (length, length_fits) == ({"given": "19", "counted": str(size - 9)}, False)
    else:  # only the CR is missing
        assert (crc_fits, length_fits) == (True, True)


def test_events_of_a_frame_cut_off_are_shown() -> None:
    """An installer wants to see how far it came."""
    found = taken_apart(frame(b'"SIA-DCS"0001L0#1234[#1234|Nri1/BA012^Front^]')[:-6])
    assert [(part.id, part.value) for part in layer(found).parts][-4:] == [
        ("sia.separator", ""),
        ("sia.event", "BA"),
        ("sia.address", "012"),
        ("sia.text", "Fr"),
    ]


def test_a_binary_crc_is_told_in_hexadecimal() -> None:
    """Whether it is right or not; it may hold any byte."""
    found = taken_apart(VECTORS["C11"].frame)
    (crc,) = parts(found, "dc09.crc")
    assert (crc.end - crc.start, crc.values["binary"], crc.values["given"]) == (2, "1", crc.values["computed"])
    wrong = frame(BODY, binary=True)[:-3] + b"]]\r"
    (values, fits), _ = sums(wrong)
    assert (values["binary"], fits) == ("1", False)
    assert values["given"] != values["computed"]


def test_a_crc_that_counts_the_cr_fits() -> None:
    """So does the length, which says so."""
    (_, crc_fits), (length, length_fits) = sums(VECTORS["F71"].frame)
    assert (crc_fits, length_fits, length) == (True, True, {"given": "43", "counted": "43", "counts-cr": "1"})


def test_over_a_masked_key_no_crc_is_called_wrong() -> None:
    """The journal overwrites keys: the bytes are not those that came."""
    came = frame(f'"RSP"0001L0#1234[#1234|COR1*1][K{KEY.hex()}]')
    kept = came.replace(KEY.hex().encode(), b"*" * 32)
    (crc, crc_fits), (length, length_fits) = sums(kept)
    assert (crc, crc_fits, length_fits) == ({"given": came[1:5].decode(), "masked": "1"}, True, True)
    assert length["given"] == length["counted"]
    counting_cr = kept[:5] + b"%04X" % (len(kept) - 9) + kept[9:]
    (_, crc_fits), (length, length_fits) = sums(counting_cr)
    assert (crc_fits, length_fits, length["counts-cr"]) == (True, True, "1")
    found = taken_apart(kept)
    assert (value(found, "sia.other"), parts(found, "dc09.extended")[0].value) == ("COR1*1", "*" * 32)


def test_a_key_is_never_a_value() -> None:
    """Also where it stands in the bytes."""
    found = taken_apart(frame(f'"RSP"0001L0#1234[][K{KEY.hex()}]'))
    assert KEY.hex() not in repr([part for one in found.layers for part in one.parts])


def test_a_frame_without_its_lf_is_read() -> None:
    """As it is copied out of a log."""
    found = taken_apart(RIGHT[1:-1])
    assert [part.id for part in layer(found).parts][:3] == ["dc09.crc", "dc09.length", "dc09.token"]
    assert (parts(found, "dc09.crc")[0].fits, value(found, "dc09.account")) == (True, "1234")


def test_what_stands_around_a_frame_has_its_parts() -> None:
    """Filler, rubbish, and what comes behind."""
    found = taken_apart(b"\0\r\n" + RIGHT + b"\0\0")
    assert (bytes_of(found, "dc09.filler"), bytes_of(found, "dc09.trailer")) == (b"\0\r\n", b"\0\0")
    found = taken_apart(b"rubbish" + RIGHT + b"\0more")
    assert [
        one.data[part.start : part.end] for one in found.layers for part in one.parts if part.id == "dc09.rest"
    ] == [
        b"rubbish",
        b"more",
    ]
    assert [part.id for part in layer(taken_apart(b"\r\n\0")).parts] == ["dc09.filler"]
    assert [part.id for part in layer(taken_apart(b"GET / HTTP/1.1\r\n")).parts] == ["dc09.rest"]
    assert layer(taken_apart(b"")).parts == ()


# --- encryption -----------------------------------------------------------------------------------------------------


def test_an_encrypted_message_is_explained_in_two_layers() -> None:
    """The padding, its end, and what the clear would hold."""
    vector = VECTORS["S05"]
    assert vector.key is not None
    found = taken_apart(vector.frame, [WRONG, Key(vector.key, "0012")])
    assert parts(found, "dc09.cipher")[0].values == {"opened": "key", "blocks": "3", "owner": "0012"}
    assert [part.id for part in layer(found, PLAIN).parts] == [
        "dc09.pad",
        "dc09.bar",
        "dc09.data-account",
        "sia.function",
        "sia.event",
        "sia.address",
        "dc09.close",
        "dc09.stamp",
    ]
    assert layer(found, PLAIN).data == vector.plain


@pytest.mark.parametrize(
    ("keys", "plain", "opened"),
    [((), b"", "no-key"), ((WRONG,), b"", "wrong-key"), ((), b"#1234|NBA1]" + STAMP, "plain")],
)
def test_how_a_cipher_was_opened_is_told(keys: tuple[Key, ...], plain: bytes, opened: str) -> None:
    """Not at all, by somebody else, or by none of the keys."""
    found = taken_apart(VECTORS["S05"].frame, keys, plain)
    assert parts(found, "dc09.cipher")[0].values["opened"] == opened
    assert [one.name for one in found.layers] == ([WIRE, PLAIN] if plain else [WIRE])
    assert bool(events_in(found)) == bool(plain)


def test_a_cipher_that_is_no_whole_block_does_not_fit() -> None:
    """No key could open it; a frame cut off says so by its length."""
    found = taken_apart(frame(b'"*NULL"0000L0#1234[00112233'))
    assert not parts(found, "dc09.cipher")[0].fits
    assert parts(taken_apart(VECTORS["S05"].frame[:80]), "dc09.cipher")[0].fits


# --- values -----------------------------------------------------------------------------------------------------------


def test_times_are_given_in_utc() -> None:
    """The stamp, and the time of the event in a field; what was sent stands beside it."""
    found = taken_apart(frame(b'"SIA-DCS"0001L0#1234[#1234|NBA1][H9:05:07]' + STAMP))
    assert value(found, "dc09.stamp") == "2026-01-02T12:00:00Z"
    (field,) = parts(found, "dc09.extended")
    assert (field.value, field.values["given"]) == ("2026-01-02T09:05:07Z", "9:05:07")


def test_a_stamp_that_is_no_time_does_not_fit() -> None:
    """It says nothing."""
    (stamp,) = parts(taken_apart(frame(b'"NULL"0000L0#1234[]_25:00:00,02-31-2026')), "dc09.stamp")
    assert (stamp.value, stamp.fits, stamp.values) == ("", False, {"given": "25:00:00,02-31-2026"})


def test_texts_are_read_as_the_account_says() -> None:
    """Bytes and characters are counted apart: parts are bytes."""
    body = '"SIA-DCS"0001L0#1234[#1234|NBA1^Қақпа^/FA2^Зал^]'
    for encoding, sent in (("utf-8", body), ("windows-1251", body.replace("Қақпа", "Ворота"))):
        found = explain(frame(sent.encode(encoding)), dialect=Dialect(encoding=encoding))
        assert [part.value for part in parts(found, "sia.text")] == [sent.split("^")[1], "Зал"]
        assert [layer(found).data[part.start : part.end] for part in parts(found, "sia.event")] == [b"BA", b"FA"]


def test_contents_that_are_not_read_are_one_part() -> None:
    """Of other formats, of a link test, of an answer."""
    for body in ('"SIA-PUL"0001L0#1234[#1234|31]', '"NULL"0000L0#1234[#1234|31]', '"RSP"0001L0#1234[#1234|31]'):
        assert value(taken_apart(frame(body)), "dc09.data") == "31"


# --- findings ---------------------------------------------------------------------------------------------------------


def test_every_finding_of_the_captured_frames_has_its_bytes() -> None:
    """But for those that concern the message as a whole."""
    for vector in GOOD:
        keys = [vector.key] if vector.key else []
        for item in decode(vector.frame, keys, wall=NOW.wall):
            assert isinstance(item, Arrival)
            known = [Key(key, "owner") for key in keys]
            for plain in {b"", item.plain}:
                found = taken_apart(item.raw, () if plain else known, plain, [SEEN[one.id] for one in item.findings])
                for placed in found.findings:
                    assert (placed.layer != "") == (PARTS[placed.id] != ""), (vector.id, placed)


@pytest.mark.parametrize(
    ("body", "finding", "expected"),
    [
        ('"SIA-DCS"0001L0#1234[#1234|Nri1/zz5/BA1]', "sia.modifier.unknown", b"zz5"),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1/QQ2]', "sia.code-unknown", b"QQ"),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1/ZY2]', "sia.code-vendor", b"ZY"),
        ('"SIA-DCS"0001L0#1234[#1234|Nri1/BA1/id7]', "sia.modifier.after-event", b"id7"),
        ('"SIA-DCS"0001L0#1234[#1234|Nid1/pi2/BA1]', "sia.pi-as-area", b"pi2"),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1^a^/FA1^b ^]', "sia.text.padded", b"^b ^"),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1^a^/??/FA1]', "sia.packet.unreadable", b"??/"),
        ('"SIA-DCS"0001L0#1234[#1234|Nid1/da11-22-26/BA1]', "sia.time.only-a-date", b"da11-22-26"),
        ('"ADM-CID"0001L0#1234[#1234|1130 1 015]', "contact-id.width", b"1"),
        ('"ADM-CID"0001L0#1234[#1234|1130 01 0b5]', "contact-id.case", b"0b5"),
        ('"ADM-CID"0001L0#1234[#1234|1130  01 015]', "contact-id.spaces", b"  "),
        ('"ADM-CID"0001L0#1234[#1234|1130 01015]', "contact-id.spaces", b"015"),
        ('"ADM-CID"0001L0#1234[#1234|2130 01 015]', "dc09.data.no-event", b"2130 01 015"),
        ('"SIA-DCS"0001L0#1234[#1234|]', "dc09.data.empty", b"]"),
        ('"SIA-DCS"0001L0#1234[#0000|NBA1]', "dc09.data.account-zero", b"#0000|"),
        ('"SIA-DCS"0001L#1234[#1234|NBA1]', "dc09.header.prefix-empty", b"L"),
        ('"SIA-DCS"0001L0#1234[#1234|NBA1][I][Xabc]', "dc09.extended.position", b"[Xabc]"),
    ],
)
@pytest.mark.parametrize("secret", [False, True])
def test_a_finding_shows_where_it_arises(body: str, finding: str, expected: bytes, secret: bool) -> None:
    """In the clear, and inside the encryption."""
    head, _, data = body.partition("[")
    if secret:
        plain = b"p" * 16 + b"|" + data.encode() + STAMP
        plain = b"p" * (-len(plain) % 16) + plain
        sent = frame(head.replace('"', '"*', 1) + "[" + encrypted(KEY, plain).hex().upper())
    else:
        sent = frame(body)
    (item,) = decode(sent, [KEY], wall=NOW.wall)
    assert isinstance(item, Arrival)
    # As the journal has it, and as the decoder tells it.
    for findings in ([SEEN[finding]], item.findings):
        name, shown = at_finding(taken_apart(sent, [Key(KEY, "owner")], findings=findings), finding)
        assert shown in (expected, expected.strip(b"#|"))
        assert name == (PLAIN if secret and not finding.startswith("dc09.header") else WIRE)


def test_a_finding_about_the_content_shows_in_the_decrypted_layer() -> None:
    """Also where the wire has a part of the same id."""
    plain = b"p" * 5 + b"|#1234|]" + STAMP
    plain = b"p" * (-len(plain) % 16) + plain
    sent = frame(b'"*SIA-DCS"0001L0#1234[' + encrypted(KEY, plain).hex().upper().encode() + b"]")
    ids = ("dc09.data.empty", "dc09.cipher.closing-bracket", "dc09.cipher.constant-padding")
    found = taken_apart(sent, [Key(KEY, "owner")], findings=[SEEN[id_] for id_ in ids])
    assert len(parts(found, "dc09.close")) == 2
    assert [at_finding(found, id_)[0] for id_ in ids] == [PLAIN, WIRE, PLAIN]


def test_offsets_count_from_the_first_byte_of_the_message() -> None:
    """Also where filler stands in front of it."""
    finding = Finding("dc09.crc.binary", SEVERITIES["dc09.crc.binary"], 1, 2)
    sent = b"\0\0" + frame(BODY, binary=True)
    assert at_finding(taken_apart(sent, findings=[finding]), finding.id) == (WIRE, sent[3:5])


def test_a_finding_that_no_table_has_concerns_the_whole() -> None:
    """The station adds some of its own."""
    found = taken_apart(RIGHT, findings=[Finding("station.number-reused", SEVERITIES["dc09.crc.binary"])])
    assert [(one.id, one.layer) for one in found.findings] == [("station.number-reused", "")]


def test_answers_are_explained_too() -> None:
    """A NAK marks its account with another letter."""
    found = taken_apart(frame(b'"NAK"0000R0L0A0[]' + STAMP))
    assert (bytes_of(found, "dc09.account"), value(found, "dc09.account")) == (b"A0", "0")
    (item,) = decode(frame(b'"NAK"0000R0L0A0[]' + STAMP))
    assert isinstance(item, Arrival)
    assert item.kind is ArrivalKind.ANSWER
