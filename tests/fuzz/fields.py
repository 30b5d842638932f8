"""Damage of fields, as a panel or an attacker does it, with a CRC and a length that fit again."""

from __future__ import annotations

import re
from random import Random

from tests.fuzz import reference
from tests.fuzz.mutations import INTERESTING, Bytes, delete, flip_bits, insert, overwrite


def _at(pattern: bytes, body: bytes, rng: Random) -> re.Match[bytes] | None:
    found = list(re.finditer(pattern, body))
    return rng.choice(found) if found else None


def _replace(body: bytes, match: re.Match[bytes] | None, new: bytes, group: int = 0) -> bytes:
    return body if match is None else body[: match.start(group)] + new + body[match.end(group) :]


def account(body: bytes, rng: Random) -> bytes:
    """Digits of an account, in the header or in the data."""
    match = _at(rb"#([0-9A-Za-z]*)", body, rng)
    if match is None:
        return body
    digits = match[1]
    new = rng.choice(
        (
            flip_digit(digits, rng), digits + b"0", b"0" + digits, digits[1:], digits[:-1], digits.lower(), b"",
            b"0000", b"F" * 16, b"1" * 17, digits + b"G", b"12 4", b"*", digits + b"#" + digits, b"0" * len(digits),
        )
    )  # fmt: skip
    return _replace(body, match, b"#" + new)


def flip_digit(digits: bytes, rng: Random) -> bytes:
    """One other hex digit."""
    if not digits:
        return digits
    at = rng.randrange(len(digits))
    return digits[:at] + rng.choice("0123456789ABCDEFabcdef").encode() + digits[at + 1 :]


def token(body: bytes, rng: Random) -> bytes:
    """Another token, or none that is one."""
    match = re.match(rb'"(\*?)([^"]*)"', body)
    if match is None:
        return body
    star, name = match[1], match[2]
    if rng.random() < 0.3:
        star = b"" if star else b"*"
    else:
        name = rng.choice(
            (
                b"SIA-DCS", b"ADM-CID", b"NULL", b"XNM", b"ACK", b"NAK", b"DUH", b"RSP", b"SIA-PUL", b"ADM-CIDX",
                b"VIS-BBA", b"", b"*", name.lower(), name + b"X", b"X" * 33, b"A B", b"\xd0\x97", name[:-1],
            )
        )  # fmt: skip
    return b'"' + star + name + b'"' + body[match.end() :]


def sequence(body: bytes, rng: Random) -> bytes:
    """Another number, or none."""
    match = re.match(rb'"[^"]*"([0-9A-Fa-f]{4})', body)
    if match is None:
        return body
    new = rng.choice(
        (b"0000", b"0001", b"9999", b"000A", b"FFFF", b"00a1", b"001", b"00010", b"", b"-001", b"\xd9\xa1" * 2)
    )
    return _replace(body, match, new, 1)


def address(body: bytes, rng: Random) -> bytes:
    """R and L: other digits, other forms, left out, twice."""
    match = re.match(rb'"[^"]*"[0-9A-Fa-f]{0,4}((?:R[0-9A-Za-z]*)?(?:L[0-9A-Za-z]*)?)', body)
    new = rng.choice(
        (
            b"", b"L", b"L0", b"R1L0", b"RL", b"R000001L010000", b"L000", b"R1R2L3", b"L0R1", b"R1234567L1", b"RNoneL0",
            b"l0", b"R" + b"1" * 17 + b"L0", b"L0L0",
        )
    )  # fmt: skip
    return _replace(body, match, new, 1)


def delimiter(body: bytes, rng: Random) -> bytes:
    """Brackets, bars, carets, slashes: one more, one less, another."""
    mark = rng.choice(b"[]|^/#_*").to_bytes(1, "big")
    chance = rng.random()
    if chance < 0.4:
        at = rng.randint(0, len(body))
        return body[:at] + mark + body[at:]
    match = _at(re.escape(mark), body, rng)
    return _replace(body, match, b"" if chance < 0.7 else rng.choice(INTERESTING))


def case(body: bytes, rng: Random) -> bytes:
    """Hex digits in the other case."""
    match = _at(rb"[0-9A-Fa-f]{3,}", body, rng)
    return body if match is None else _replace(body, match, match[0].swapcase())


def content(body: bytes, rng: Random) -> bytes:
    """Words of the contents, in the wrong place, too many of them."""
    words = (
        b"NBA1", b"Nri1/BA012", b"1130 01 015", b"18 ", b"0000 00 000", b"id7^x^", b"ti12:00:00", b"da01-02-26",
        b"|Atext", b"*'x'NM", b"*'x", b"^", b"/", b"ri", b"pi1", b"O", b"E", b"DA1*2.5C_", b"#9999|", b"|", b"RI1",
        b"BA1FA2", b"@",
    )  # fmt: skip
    match = _at(rb"[\[|/]", body, rng)
    piece = rng.choice(words) * rng.choice((1, 1, 1, 2, 70, 300))
    return body if match is None else body[: match.end()] + piece + body[match.end() :]


def field(body: bytes, rng: Random) -> bytes:
    """Extended data: one more, or very many."""
    at = body.find(b"]") + 1
    if not at:
        return body
    letter = rng.choice(b"ACGHIJKLMNOPRSTVXYZBq1[ ").to_bytes(1, "big")
    value = rng.choice(
        (
            b"", b"1", b"13:59:58,12-31-2012", b"9:05:07", b"24:00:00,13-32-2012", b"006E07.777", b"999W99.9",
            b"52.21", b"1e9", b'{"a":[1', b"x" * 300, b"\xff\xfe", b"\xd0\x97", b"00112233445566778899AABBCCDDEEFF",
            b"|#1234|NBA1",
        )
    )  # fmt: skip
    return body[:at] + (b"[" + letter + value + b"]") * rng.choice((1, 1, 1, 2, 200)) + body[at:]


def stamp(body: bytes, rng: Random) -> bytes:
    """The time stamp: another, none, two, rubbish."""
    match = _at(rb"_\d\d:\d\d:\d\d,\d\d-\d\d-\d{4}", body, rng)
    new = rng.choice(
        (
            b"", b"_24:00:00,01-02-2026", b"_12:00:60,01-02-2026", b"_12:00:00,00-31-2019", b"_12:00:00,02-30-2026",
            b"_", b"_1", b"_00:00:00,01-01-0001", b"_12:00:00,01-02-9999", b"_12:00:00,01-02-2026" * 2,
            b"\x00\x01old buffer\x7f", b"_12:00:00,01-02-1969", b"_17:00:00,01-02-2026",
        )
    )  # fmt: skip
    return body + new if match is None else _replace(body, match, new)


def cipher(body: bytes, rng: Random) -> bytes:
    """Hex digits and whole blocks of the cipher: what somebody without the key can do."""
    match = re.search(rb"\[([0-9A-Fa-f]{32,})", body)
    if match is None:
        return body
    digits = match[1]
    blocks = [digits[at : at + 32] for at in range(0, len(digits), 32)]
    chosen = rng.randrange(len(blocks))
    kind = rng.randrange(9)
    if kind == 0:
        blocks[chosen] = flip_digit(blocks[chosen], rng)
    elif kind == 1:
        del blocks[:chosen]
    elif kind == 2:
        del blocks[chosen]
    elif kind == 3:
        blocks[chosen:chosen] = [rng.randbytes(16).hex().upper().encode()]
    elif kind == 4:
        rng.shuffle(blocks)
    elif kind == 5:
        blocks.insert(chosen, rng.choice(blocks))
    elif kind == 6:
        blocks[0] = rng.randbytes(16).hex().encode()
    elif kind == 7:
        blocks[-1] = rng.choice((blocks[-1][:-1], blocks[-1] + b"]", blocks[-1][:-1] + b"G", b""))
    else:
        blocks = blocks * 2 if rng.random() < 0.5 else [rng.randbytes(16).hex().encode()]
    return _replace(body, match, b"".join(blocks), 1)


def redress(body: bytes, rng: Random) -> bytes:
    """An encrypted message as a link test of any account, perhaps without its first blocks."""
    match = re.match(rb'"\*[^"]*"', body)
    if match is None:
        return token(body, rng)
    body = (
        b'"*'
        + rng.choice((b"NULL", b"XNM", b"ACK", b"RSP", b"SIA-PUL", b"ADM-CID", b"SIA-DCS"))
        + b'"'
        + body[match.end() :]
    )
    return cipher(body, rng) if rng.random() < 0.6 else body


def longer(body: bytes, rng: Random) -> bytes:
    """Up to the most that a length can say, and a little more."""
    at = rng.randint(0, len(body))
    room = 4095 - len(body) + rng.choice((-1, 0, 0, 1, 2, -2000))
    return body[:at] + rng.choice((b" ", b"0", b"A", b"|", b"/", b"[", b"]", b"^", b"N")) * max(0, room) + body[at:]


OF_FIELDS: tuple[Bytes, ...] = (
    account, account, token, sequence, address, delimiter, delimiter, case, content, field, stamp, cipher, cipher,
    redress, longer, flip_bits, insert, delete, overwrite,
)  # fmt: skip


def rebuilt(raw: bytes, rng: Random) -> tuple[bytes, list[str]]:
    """The first frame in ``raw`` with fields changed and everything around them made to fit (or just not)."""
    found = reference.frames(raw)
    if not found:
        return raw, []
    frame = found[0]
    body, names = frame.body, []
    for mutation in rng.choices(OF_FIELDS, k=rng.choice((1, 1, 1, 2, 3))):
        body = mutation(body, rng)
        names.append(f"field:{mutation.__name__}")
    binary, counts_cr, lower, length = frame.binary, frame.counts_cr, False, None
    chance = rng.random()
    if chance < 0.25:
        form = rng.choice(("ascii", "binary", "counts-cr", "lower", "length", "short", "long"))
        names.append(f"form:{form}")
        binary = form == "binary"
        counts_cr = form == "counts-cr"
        lower = form == "lower"
        if form in ("length", "short", "long"):
            length = {"length": rng.randrange(0x10000), "short": len(body) - 1, "long": len(body) + rng.randint(1, 9)}[
                form
            ]
    if length is None and len(body) + counts_cr > 0xFFFF:
        length = 0xFFFF
    made = reference.build(body, binary=binary, counts_cr=counts_cr, lower=lower, length=length)
    return raw[: frame.start] + made + raw[frame.end :], names
