"""What a datagram says once it is opened, written and read; ``contents`` has the structs, which are found here, too.

The first byte of an EVENT tells its form, so that a reader needs to know nothing of the panel:

========  ==============================================================================================
``31``    Contact ID in ASCII, ``18QXYZGGCCC`` (``39``: with message type 98)
``01``    Contact ID in nibbles: ``01 QX YZ GG CC Cf``, then 4 bytes of time where bit 0 of f is set
``02``    SIA: ``02``, flags, 4 bytes of time where bit 0 of the flags is set, text as DC-09 has it behind ``|``
``0A``    a whole frame of DC-09, from LF to CR
========  ==============================================================================================

:func:`decode` never raises: what it cannot read is :class:`Unread` with a reason. What it could read, but found odd, is
noted by id in the struct (``odd``), which plays no part in writing. Payloads may grow behind their known fields in
later versions; that is noted, too. Times are whole seconds, or milliseconds where said, since 1970 in UTC.
"""

from __future__ import annotations

import re
import struct

from protocols.datagram.contents import (
    ASCII_FORMS,
    COMPACT,
    DIGIT_A,
    DIGITS,
    EMPTY,
    ENCODING,
    FLAGS,
    FORM,
    MORE,
    NO_TIME,
    NONCE,
    NOT_ZERO,
    ODD,
    QUALIFIER,
    RESERVED_TYPE,
    RESULT,
    SIA_TEXT,
    TOO_SHORT,
    UNREAD,
    WANTS_QUEUED,
    WHOLE_FRAME,
    Ack,
    ContactId,
    ContactIdText,
    Event,
    Payload,
    Poll,
    PollReply,
    Result,
    SiaText,
    SyncRequest,
    SyncResponse,
    Test,
    Unread,
    WholeFrame,
    type_of,
)
from protocols.datagram.header import MOST_COUNTER, DatagramError, Type

__all__ = [
    "ASCII_FORMS",
    "COMPACT",
    "DIGITS",
    "DIGIT_A",
    "EMPTY",
    "ENCODING",
    "FLAGS",
    "FORM",
    "MORE",
    "NONCE",
    "NOT_ZERO",
    "NO_TIME",
    "ODD",
    "QUALIFIER",
    "RESERVED_TYPE",
    "RESULT",
    "SIA_TEXT",
    "TOO_SHORT",
    "UNREAD",
    "WANTS_QUEUED",
    "WHOLE_FRAME",
    "Ack",
    "ContactId",
    "ContactIdText",
    "Event",
    "Payload",
    "Poll",
    "PollReply",
    "Result",
    "SiaText",
    "SyncRequest",
    "SyncResponse",
    "Test",
    "Unread",
    "WholeFrame",
    "decode",
    "encode",
    "type_of",
]

_TIME, _OLD = 0x1, 0x2
_KNOWN = _TIME | _OLD
_U32 = struct.Struct(">I")
_ascii = re.compile(rb"(18|98)([136EPR])([0-9A-F]{3})([0-9A-F]{2})([0-9A-F]{3})(.*)", re.DOTALL).fullmatch


def encode(payload: Payload) -> bytes:
    """The bytes of a payload. Raises DatagramError for what its form cannot say."""
    try:
        return _encode(payload)
    except (ValueError, OverflowError, struct.error):
        raise DatagramError(f"a value does not fit its field in {type(payload).__name__}") from None


def _encode(payload: Payload) -> bytes:
    match payload:
        case ContactIdText(qualifier, code, partition, number, message_type):
            text = f"{message_type}{qualifier}{code}{partition}{number}".encode("ascii")
            if _ascii(text) is None or (len(qualifier), *_widths(code, partition, number)) != (1, 3, 2, 3):
                raise DatagramError("not an event of Contact ID")
            return text
        case ContactId(qualifier, code, partition, number, occurred_at, old):
            if qualifier not in ("1", "3", "6") or _widths(code, partition, number) != (3, 2, 3):
                raise DatagramError("not an event of Contact ID")
            flags, time = _stamp(occurred_at, old)
            digits = qualifier + code + partition + number
            return bytes((COMPACT,)) + _nibbles(f"{digits}{flags:X}") + time
        case SiaText(text, occurred_at, old):
            flags, time = _stamp(occurred_at, old)
            return bytes((SIA_TEXT, flags)) + time + text.encode()
        case WholeFrame(frame):
            if frame[:1] != b"\n":
                raise DatagramError("a frame of DC-09 begins with LF")
            return frame
        case Test():
            return _test(payload)
        case Ack(counter, result, wants_queued):
            return _counter(counter) + bytes((result, WANTS_QUEUED if wants_queued else 0))
        case Poll():
            return b"\0"
        case PollReply(counter, test):
            return _counter(counter) + _test(test)
        case SyncRequest(nonce):
            return _nonce(nonce)
        case SyncResponse(nonce, utc_ms):
            return _nonce(nonce) + utc_ms.to_bytes(8, "big")


def _widths(code: str, partition: str, number: str) -> tuple[int, int, int]:
    return len(code), len(partition), len(number)


def _nibbles(digits: str) -> bytes:
    if not digits.isascii() or not digits.isalnum():
        raise DatagramError("not digits")
    return bytes.fromhex(digits)


def _stamp(occurred_at: int | None, old: bool) -> tuple[int, bytes]:
    flags = _OLD if old else 0
    return (flags, b"") if occurred_at is None else (flags | _TIME, _U32.pack(occurred_at))


def _test(test: Test) -> bytes:
    if not (test.next_s or test.decivolts or test.level):
        return b""
    return test.next_s.to_bytes(2, "big") + bytes((test.decivolts, test.level))


def _counter(counter: int) -> bytes:
    if counter > MOST_COUNTER:
        raise DatagramError("a counter has 48 bits")
    return counter.to_bytes(6, "big")


def _nonce(nonce: bytes) -> bytes:
    if len(nonce) != NONCE:
        raise DatagramError("the nonce has 8 bytes")
    return nonce


def decode(type_: Type, payload: bytes) -> Payload | Unread:
    """What a payload says. Never raises."""
    match type_:
        case Type.EVENT:
            return _read_event(payload)
        case Type.TEST:
            return _read_test(payload)
        case Type.ACK:
            return _read_ack(payload)
        case Type.POLL:
            odd = _noted((NOT_ZERO, payload[:1] > b"\0"), (MORE, len(payload) > 1))
            return Poll(odd) if payload else Unread(TOO_SHORT)
        case Type.POLL_REPLY:
            if len(payload) < 6:
                return Unread(TOO_SHORT)
            test = _read_test(payload[6:])
            return test if isinstance(test, Unread) else PollReply(_int(payload[:6]), test)
        case Type.SYNC_REQ:
            odd = _noted((MORE, len(payload) > NONCE))
            return SyncRequest(payload[:NONCE], odd) if len(payload) >= NONCE else Unread(TOO_SHORT)
        case Type.SYNC_RSP:
            odd = _noted((MORE, len(payload) > 16))
            if len(payload) < 16:
                return Unread(TOO_SHORT)
            return SyncResponse(payload[:NONCE], _int(payload[NONCE:16]), odd)
        case _:
            return Unread(RESERVED_TYPE)


def _int(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _noted(*notes: tuple[str, bool]) -> tuple[str, ...]:
    return tuple(id_ for id_, holds in notes if holds)


def _read_event(payload: bytes) -> Event | Unread:
    if not payload:
        return Unread(EMPTY)
    form = payload[0]
    if form in ASCII_FORMS:
        return _read_ascii(payload)
    if form == COMPACT:
        return _read_compact(payload)
    if form == SIA_TEXT:
        return _read_sia(payload)
    return WholeFrame(payload) if form == WHOLE_FRAME else Unread(FORM)


def _read_ascii(payload: bytes) -> ContactIdText | Unread:
    match = _ascii(payload)
    if match is None:
        return Unread(TOO_SHORT if len(payload) < 11 else DIGITS)
    message_type, qualifier, code, partition, number = (match[at].decode("ascii") for at in range(1, 6))
    odd = _noted((DIGIT_A, "A" in code + partition + number), (MORE, bool(match[6])))
    return ContactIdText(qualifier, code, partition, number, message_type, odd)


def _read_compact(payload: bytes) -> ContactId | Unread:
    if len(payload) < 6:
        return Unread(TOO_SHORT)
    digits = payload[1:6].hex().upper()
    if digits[0] not in "136":
        return Unread(QUALIFIER)
    flags = int(digits[9], 16)
    occurred_at, rest, lacks_time = _read_stamp(flags, payload[6:])
    odd = _noted(
        (DIGIT_A, "A" in digits[1:9]), (FLAGS, bool(flags & ~_KNOWN)), (NO_TIME, lacks_time), (MORE, bool(rest))
    )
    return ContactId(digits[0], digits[1:4], digits[4:6], digits[6:9], occurred_at, bool(flags & _OLD), odd)


def _read_sia(payload: bytes) -> SiaText | Unread:
    if len(payload) < 3:
        return Unread(TOO_SHORT)
    flags = payload[1]
    occurred_at, rest, lacks_time = _read_stamp(flags, payload[2:])
    if lacks_time or not rest:
        return Unread(TOO_SHORT)
    try:
        text, wrong = rest.decode("utf-8"), False
    except UnicodeDecodeError:
        text, wrong = rest.decode("latin-1"), True
    return SiaText(text, occurred_at, bool(flags & _OLD), _noted((FLAGS, bool(flags & ~_KNOWN)), (ENCODING, wrong)))


def _read_stamp(flags: int, rest: bytes) -> tuple[int | None, bytes, bool]:
    """The time, what stands behind it, and whether a time is announced that is not there."""
    if not flags & _TIME:
        return None, rest, False
    return (_int(rest[:4]), rest[4:], False) if len(rest) >= 4 else (None, b"", True)


def _read_test(payload: bytes) -> Test | Unread:
    if not payload:
        return Test()
    if len(payload) < 4:
        return Unread(TOO_SHORT)
    return Test(_int(payload[:2]), payload[2], payload[3], _noted((MORE, len(payload) > 4)))


def _read_ack(payload: bytes) -> Ack | Unread:
    if len(payload) < 8:
        return Unread(TOO_SHORT)
    # Whatever a later version may say with it: the centre has the datagram, so it must not be repeated.
    known = payload[6] <= max(Result)
    result = Result(payload[6]) if known else Result.NOT_UNDERSTOOD
    odd = _noted((RESULT, not known), (FLAGS, bool(payload[7] & ~WANTS_QUEUED)), (MORE, len(payload) > 8))
    return Ack(_int(payload[:6]), result, bool(payload[7] & WANTS_QUEUED), odd)
