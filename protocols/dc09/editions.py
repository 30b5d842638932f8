"""Which edition of DC-09 brought what, and the oldest one that a message can belong to.

Established from public sources: that of 2007 has the fields M, P and V; that of 2013 the fields A H I L O R S T X Y Z
with texts in Windows-1252; the table of 2021 has C J K N; that of 2026 has G, JSON in J, UTF-8 and 16 to 31 bytes of
padding, and names the token XNM.

Not established: what the edition of 2017 changed. It is probably the one that brought C, J, K and N, so that none of
these is held against a panel of 2017. XNM is probably older than 2026, and is counted as of 2021. The form of the CRC
tells nothing: four hex digits are explicit since 2013, and were one of two readings of 2007. Nor does a stamp, a token
other than XNM, or a bar behind the padding.
"""

from __future__ import annotations

from collections.abc import Iterator

from protocols.dc09 import cipher, codec, grammar
from protocols.dc09.codec import Content
from protocols.model import Arrival, Edition, Protection

_E2007, _E2013, _E2017, _E2021, _E2026 = Edition

LETTERS = (
    dict.fromkeys("MPV", _E2007) | dict.fromkeys("AHILORSTXYZ", _E2013) | dict.fromkeys("CJKN", _E2021) | {"G": _E2026}
)
"""Identifier letter of extended data to the first edition that is known to list it."""
_PERHAPS_2017 = frozenset("CJKN")

TOKENS = {"XNM": _E2021}
"""Token to the first edition that has it, for those that the first edition has not."""

LONGEST_SHORT_PADDING = cipher.BLOCK
"""Bytes of padding up to which the editions before 2026 go; a message with more is of 2026."""

JSON = "edition.json"
UTF_8 = "edition.utf-8"
WINDOWS_1252 = "edition.windows-1252"
LONG_PADDING = "edition.long-padding"
REASONS = (
    *(f"edition.letter-{letter}" for letter in LETTERS),
    *(f"edition.token-{token}" for token in TOKENS),
    JSON,
    UTF_8,
    WINDOWS_1252,
    LONG_PADDING,
)
"""Every reason that :func:`least` gives."""


def is_json(letter: str, value: str) -> bool:
    """Whether a field is JSON, which J holds since 2026; in 2021 it was a path of one character."""
    return letter == "J" and value.startswith("{")


def is_later(letter: str, value: str, edition: Edition) -> bool:
    """Whether a field came with a later edition than ``edition``. An unknown letter belongs to none."""
    if is_json(letter, value):
        return edition is not _E2026
    if edition is _E2017 and letter in _PERHAPS_2017:
        return False
    return LETTERS.get(letter, _E2007).value > edition.value


def least(arrival: Arrival) -> tuple[Edition, tuple[str, ...]]:
    """The oldest edition that a message can belong to, and why it can be no older one.

    The reasons are stable ids, each once and in the order of the message: ``edition.letter-K``, ``edition.token-XNM``,
    ``edition.json``, ``edition.utf-8``, ``edition.windows-1252``, ``edition.long-padding``. For 2007 there are none.
    Of an encrypted message that no key opened only the header counts. Never raises.
    """
    signs = list(_signs(arrival))
    edition = max((of for of, _ in signs), key=lambda of: of.value, default=_E2007)
    return edition, tuple(dict.fromkeys(reason for of, reason in signs if of is edition and of is not _E2007))


def _signs(arrival: Arrival) -> Iterator[tuple[Edition, str]]:
    """What a message shows, each with the edition that brought it."""
    if arrival.token in TOKENS:
        yield TOKENS[arrival.token], f"edition.token-{arrival.token}"
    padding = _padding(arrival)
    if padding is not None and padding > LONGEST_SHORT_PADDING:
        yield _E2026, LONG_PADDING
    content = _content(arrival)
    if content is None:
        return
    yield from _text_signs(content.data)
    for match in grammar.FIELD.finditer(content.fields):
        letter, value = match[1][:1].decode("latin-1"), match[1][1:].decode("latin-1")
        if is_json(letter, value):
            yield _E2026, JSON
        elif letter in LETTERS:
            yield LETTERS[letter], f"edition.letter-{letter}"
        yield from _text_signs(match[1])


def _text_signs(text: bytes) -> Iterator[tuple[Edition, str]]:
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError:
        yield _E2013, WINDOWS_1252
    else:
        yield _E2026, UTF_8


def _content(arrival: Arrival) -> Content | None:
    """Data and extended data of a message, None where they cannot be read."""
    body = _body(arrival)
    try:
        header, content = codec.read_plain(body, [], 0)
    except codec.UnreadableError:
        return None
    if content is None and arrival.protection is Protection.KEYED:
        content = codec.read_content(arrival.plain.removeprefix(b"|"), header, [], None)
    return content


def _body(arrival: Arrival) -> bytes:
    """What length and CRC cover, without the closing CR."""
    return arrival.raw[9 if grammar.ASCII_HEAD.match(arrival.raw) else 7 : -1]


def _padding(arrival: Arrival) -> int | None:
    """Bytes of padding in front of the data; None where the message is not encrypted, or it cannot be told."""
    found = {finding.id for finding in arrival.findings}
    if arrival.protection is not Protection.KEYED or "dc09.cipher.trailing-padding" in found:
        return None
    body = _body(arrival)
    digits = len(body[body.find(b"[") + 1 :].rstrip(b"]"))
    bar = not found & {"dc09.cipher.no-bar", "dc09.cipher.no-bar-in-link-test"}
    return digits // 2 - len(arrival.plain) - bar
