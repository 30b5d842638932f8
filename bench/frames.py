"""Frames made before the clock starts: valid CRC, the time stamp of now, and no two of them equal.

Every connection is one panel with an account of its own. Half of the panels speak Contact ID, the other half
SIA, and each goes through a school's day: openings and closings, tests, alarms and their restores.
"""

from __future__ import annotations

import os
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fastcrc import crc16

KEY = "0123456789ABCDEF"
"""The key of every encrypted panel, as text: the only form that pysiaalarm takes."""

CONTACT_ID = ("1401", "1602", "1130", "3130", "1301", "3301", "1110", "3110", "1120", "3401")
SIA = ("OP", "RP", "BA", "BR", "AT", "AR", "FA", "FR", "PA", "CL")
QUIET = (("1401", "1602", "3401", "1602"), ("OP", "RP", "CL", "RP"))
"""The same without alarms: openings, closings, tests; Contact ID and SIA."""
ZONES = 8
"""Zones of a panel."""
_PAD = bytes.maketrans(b"|[]", b"!()")
_LAST = 9999
"""DC-09 sequence numbers go from 0001 to this and start again."""


def frame(body: bytes) -> bytes:
    """LF, CRC, length, body, CR."""
    return b"\n%04X0%03X%b\r" % (crc16.arc(body), len(body), body)


def stamp() -> bytes:
    """The time stamp of this moment, as DC-09 frames carry it."""
    return time.strftime("_%H:%M:%S,%m-%d-%Y", time.gmtime()).encode()


class Message:
    """One frame, and what its acknowledgement must contain."""

    __slots__ = ("expected", "link_test", "raw")

    def __init__(self, raw: bytes, expected: bytes, link_test: bool = False) -> None:
        self.raw = raw
        self.link_test = link_test
        self.expected = expected
        """``"ACK"0001R1L1#1000[``: token, sequence and the echoed header."""


class Panel:
    """The messages of one account, in order; the count goes on from round to round."""

    def __init__(self, number: int, encrypted: bool, quiet: bool = False) -> None:
        self._codes = QUIET if quiet else (CONTACT_ID, SIA)
        self.account = f"{'2' if encrypted else '1'}{number:03d}"
        self._sia = bool(number % 2)
        self._cipher = Cipher(algorithms.AES(KEY.encode()), modes.CBC(bytes(16))) if encrypted else None
        self._count = 0

    def take(self, count: int) -> list[Message]:
        """The next ``count`` messages, stamped now."""
        time_stamp = stamp()
        return [self._message(time_stamp) for _ in range(count)]

    def link_tests(self, count: int) -> list[Message]:
        """Link tests: they need no disk."""
        header = b"0000R1L1#%b" % self.account.encode()
        raw = frame(b'"NULL"%b[]%b' % (header, stamp()))
        return [Message(raw, b'"ACK"%b[' % header, True)] * count

    def _message(self, time_stamp: bytes) -> Message:
        at = self._count
        self._count += 1
        turn, sequence = divmod(at, _LAST)
        # A whole day on one zone, so that restores find their alarms, then the next of the panel's zones. After a
        # turn of the sequence numbers the zone is another one: no message equals an earlier one.
        codes = self._codes[self._sia]
        code = codes[at % len(codes)].encode()
        zone = (at // len(codes) + turn) % ZONES + 1
        account = self.account.encode()
        if self._sia:
            token, content = b"SIA-DCS", b"Nri1/%b%03d" % (code, zone)
        else:
            token, content = b"ADM-CID", b"%b 01 %03d" % (code, zone)
        header = b"%04dR1L1#%b" % (sequence + 1, account)
        data = b"#%b|%b]%b" % (account, content, time_stamp)
        if self._cipher is None:
            return Message(frame(b'"%b"%b[%b' % (token, header, data)), b'"ACK"%b[' % header)
        padding = os.urandom(15 - len(data) % 16 or 16).translate(_PAD)
        encryptor = self._cipher.encryptor()
        secret = encryptor.update(padding + b"|" + data).hex().upper().encode()
        return Message(frame(b'"*%b"%b[%b' % (token, header, secret)), b'"*ACK"%b[' % header)


def panels(count: int, encrypted: bool, quiet: bool = False) -> list[Panel]:
    """``count`` panels, up to 1,000, with accounts from 1000 on, or from 2000 on where encrypted."""
    return [Panel(number, encrypted, quiet) for number in range(count)]


def is_whole(answer: bytes) -> bool:
    """Whether an answer is one frame with a right CRC and length."""
    return (
        len(answer) > 10
        and answer[:1] == b"\n"
        and answer[-1:] == b"\r"
        and int(answer[1:5], 16) == crc16.arc(answer[9:-1])
        and int(answer[5:9], 16) == len(answer) - 10
    )
