"""Any bytes at all: no exception, no answer to a bad CRC, bounded memory; and what is built is read back."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dc09 import Framer, ReceivingEnd, decode
from protocols.model import Arrival, Edition, Noise, Protection, Qualifier, Scheme, Signal, Verdict
from tests.protocols.dc09_support import KEY, NOW, STAMP, VECTORS, Vector, crc16, encrypted, frame, receiver, sender

MODEST = settings(deadline=None, max_examples=150)

FRAMES = [vector.frame for vector in VECTORS.values()]
ALPHABET = b'\n\r"*|[]#LR_0123456789ABCDEFNULSIADCMK-:,^/ \x00\xff'


def verify(raw: bytes) -> bool:
    """Whether length and CRC are right in an accepted variant, by the definition."""
    if len(raw) < 9 or raw[0] != 10 or raw[-1] != 13:
        return False
    for head in (9, 7):
        if raw[head : head + 1] != b'"':
            continue
        try:
            length = int(raw[head - 4 : head], 16)
            given_sum = int(raw[1:5], 16) if head == 9 else int.from_bytes(raw[1:3], "big")
        except ValueError:
            continue
        for body in (raw[head:-1], raw[head:]):
            if len(body) == length and crc16(body) == given_sum:
                return True
    return False


def run(end: ReceivingEnd, pieces: list[bytes], verdict: Verdict = Verdict.STORED) -> list[Arrival | Noise]:
    """Feed everything, decide everything, and look at what must always hold."""
    seen: list[Arrival | Noise] = []

    def take(items: object) -> None:
        for item in items:  # type: ignore[attr-defined]
            seen.append(item)
            if isinstance(item, Arrival):
                assert verify(item.raw), item.raw
                assert [f.id for f in item.findings if f.id == "dc09.unreadable"] == [], item.raw
                repr(item)
                waiting = end.undecided
                end.decide(item, verdict, NOW)
                assert end.undecided in (waiting, waiting - 1)
            else:
                assert len(item.raw) <= 512
                assert item.size >= len(item.raw)

    for piece in pieces:
        take(end.receive(piece, NOW))
        assert end._framer.unread <= 4200
    take(end.receive_eof(NOW))
    out = end.data_to_send()
    answers = decode(out, [KEY])
    assert all(isinstance(answer, Arrival) and verify(answer.raw) for answer in answers)
    assert len(answers) <= sum(isinstance(item, Arrival) for item in seen)
    assert end.undecided == 0
    assert end.closing
    return seen


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


places = st.lists(st.integers(0, 10_000), max_size=12)
rubbish = st.binary(max_size=200) | st.lists(st.sampled_from(list(ALPHABET)), max_size=200).map(bytes)
pieces_of_stream = rubbish | st.sampled_from(FRAMES)


@MODEST
@given(st.lists(pieces_of_stream, max_size=8).map(b"".join), places, st.sampled_from(list(Verdict)))
def test_any_bytes_cut_anywhere_never_raise_and_mean_the_same(data: bytes, at: list[int], verdict: Verdict) -> None:
    """Rubbish and frames in any order give the same arrivals and the same noise however they are cut."""
    whole = run(receiver(KEY), [data], verdict)
    pieces = run(receiver(KEY), cut(data, at), verdict)
    assert [item.raw for item in whole] == [item.raw for item in pieces]
    assert [type(item) for item in whole] == [type(item) for item in pieces]


@MODEST
@given(st.lists(st.sampled_from(list(ALPHABET)), max_size=120).map(bytes), st.booleans())
def test_any_body_behind_a_right_head_never_raises(body: bytes, binary: bool) -> None:
    """CRC and length are right, the rest is anything."""
    run(receiver(KEY), [frame(b'"' + body, binary=binary)])


@MODEST
@given(
    st.sampled_from([b'"ADM-CID"0001L0#1234[', b'"SIA-DCS"0001R1L0#1234[', b'"NULL"0000L0#1234[', b'"XNM"0000L[']),
    st.binary(max_size=150),
    st.sampled_from([b"", b"]", b"]" + STAMP, b"]_99:99:99,99-99-9999", b"][H", b"][X999E99.9]"]),
)
def test_any_content_of_a_known_token_never_raises(head: bytes, content: bytes, tail: bytes) -> None:
    """Whatever stands between the brackets."""
    body = (head + content + tail).replace(b"\r", b"").replace(b"\n", b"")
    run(receiver(), [frame(body)])


@MODEST
@given(st.binary(min_size=16, max_size=160), st.sampled_from([b"*SIA-DCS", b"*NULL", b"*ACK", b"*WHAT"]))
def test_any_cipher_blocks_never_raise(secret: bytes, token: bytes) -> None:
    """A wrong key gives any bytes; they are never believed without a time stamp."""
    secret = secret[: len(secret) // 16 * 16]
    seen = run(receiver(KEY), [frame(b'"' + token + b'"0001L0#1234[' + secret.hex().encode())])
    assert all(item.protection is Protection.FAILED for item in seen if isinstance(item, Arrival))


@MODEST
@given(st.binary(max_size=160))
def test_any_decrypted_bytes_never_raise(plain: bytes) -> None:
    """Whoever has the key can send anything."""
    plain += bytes(-len(plain) % 16)
    if plain:
        secret = encrypted(KEY, plain)
        run(receiver(KEY), [frame(b'"*SIA-DCS"0001L0#1234[' + secret.hex().encode())])


def _mutated(rng: random.Random) -> bytes:
    """A captured frame with a few mutations, sometimes with length and CRC made right again."""
    data = bytearray(rng.choice(FRAMES))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data))
        match rng.randrange(6):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at] = rng.choice(ALPHABET)
            case 2:
                del data[at : at + rng.randrange(1, 8)]
            case 3:
                data[at:at] = bytes(rng.choices(ALPHABET, k=rng.randrange(1, 8)))
            case 4:
                data[at:at] = data[at : at + rng.randrange(1, 30)]
            case _:
                other = rng.choice(FRAMES)
                data[at:] = other[rng.randrange(len(other)) :]
        if not data:
            data = bytearray(b"\n")
    if rng.random() < 0.6:
        quote = data.find(b'"')
        if quote >= 0:
            body = bytes(data[quote:]).rstrip(b"\r\n\0").replace(b"\r", b"").replace(b"\n", b"")
            return frame(body, binary=rng.random() < 0.3)
    return bytes(data)


def test_mutated_captures_never_raise_and_a_bad_crc_is_never_answered() -> None:
    """A fuzzer over the captured frames, with keys that fit some of them."""
    rng = random.Random(20261122)
    keys = sorted({vector.key for vector in VECTORS.values() if vector.key is not None})
    for _ in range(6000):
        data = _mutated(rng)
        end = receiver(*rng.sample(keys, 2))
        seen = run(end, [data], rng.choice(list(Verdict)))
        if not seen:
            assert not data.strip(b"\0\r\n \t")


def test_a_capture_with_any_bit_flipped_is_never_another_message() -> None:
    """Every bit of every good frame: what still verifies differs only where the CRC does not look."""

    def message(vector: Vector, data: bytes) -> list[tuple[object, ...]]:
        items = decode(data, [vector.key] if vector.key else [])
        return [(i.token, i.account, i.sequence, i.signals) for i in items if isinstance(i, Arrival)]

    for vector in list(VECTORS.values())[::5]:
        good = message(vector, vector.frame)
        for at in range(len(vector.frame)):
            for bit in range(8):
                flipped = vector.frame[:at] + bytes([vector.frame[at] ^ (1 << bit)]) + vector.frame[at + 1 :]
                assert all(found in good for found in message(vector, flipped)), (vector.id, at, bit)


def test_a_stream_of_rubbish_is_read_in_bounded_memory() -> None:
    """Megabytes of anything leave at most one frame and the head of one run behind."""
    rng = random.Random(1)
    end = receiver()
    for _ in range(500):
        for item in end.receive(bytes(rng.choices(ALPHABET, k=4096)), NOW):
            assert isinstance(item, Noise)
        assert end._framer.unread <= 4200
        assert len(end._framer._run) <= 512
        assert not end._replies


accounts = st.text("0123456789ABCDEF", min_size=3, max_size=16)
texts = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="[]|^/"), max_size=40).map(str.strip)
cid_signals = st.builds(
    Signal,
    account=accounts,
    scheme=st.just(Scheme.CONTACT_ID),
    code=st.sampled_from(["110", "130", "401", "602", "1B2"]),
    qualifier=st.sampled_from(list(Qualifier)),
    partition=st.text("0123456789", min_size=2, max_size=2),
    number=st.text("0123456789", min_size=3, max_size=3),
    text=texts,
)
sia_signals = st.builds(
    Signal,
    account=accounts,
    scheme=st.just(Scheme.SIA),
    code=st.sampled_from(["FA", "BA", "PA", "RP", "OP"]),
    qualifier=st.just(Qualifier.NEW),
    partition=st.text("0123456789", max_size=4),
    number=st.text("0123456789", max_size=4),
    text=texts,
    old=st.booleans(),
)


@MODEST
@given(
    cid_signals | sia_signals,
    st.sampled_from([None, KEY, bytes(24), bytes(32)]),
    st.dictionaries(st.sampled_from("ALMORSTZ"), st.lists(texts, min_size=1, max_size=2), max_size=4),
    st.sampled_from([None, "", "0", "00A1"]),
    st.sampled_from([None, "1", "FFFFFF"]),
)
def test_what_the_panel_writes_the_receiver_reads(
    signal: Signal, key: bytes | None, fields: dict[str, list[str]], prefix: str | None, number: str | None
) -> None:
    """Round trip of signals with text and extended data, in the clear and under every length of key."""
    from msgspec.structs import replace

    signal = replace(signal, extended=fields)
    # Earlier editions write Windows-1252, of which some bytes are UTF-8 as well and read as another text.
    panel = sender(account=signal.account, key=key, prefix=prefix, receiver=number, edition=Edition.E2026)
    panel.submit(signal, NOW)
    end = receiver(*([] if key is None else [key]))
    data = panel.data_to_send()
    [arrival] = end.receive(data, NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.receiver, arrival.prefix, arrival.account) == (number, prefix, signal.account)
    [got] = arrival.signals
    names = ("account", "scheme", "code", "qualifier", "partition", "number", "text", "old")
    assert [getattr(got, name) for name in names] == [getattr(signal, name) for name in names]
    assert {letter: got.extended[letter] for letter in fields} == fields
    end.decide(arrival, Verdict.STORED, NOW)
    [outcome] = panel.receive(end.data_to_send(), NOW)
    assert not isinstance(outcome, Noise)
    assert outcome.kind == "accepted"


@MODEST
@given(st.binary(max_size=400))
def test_a_framer_accounts_for_every_byte(data: bytes) -> None:
    """Frames and noise together never hold more bytes than came."""
    framer = Framer()
    framer.feed(data)
    total = 0
    while (item := framer.next(final=True)) is not None:
        total += item.size if isinstance(item, Noise) else len(item.raw)
    assert total <= len(data)
    assert framer.unread == 0
