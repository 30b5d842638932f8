"""What bytes on a DC-09 port are when they are not DC-09: a hint for whoever has to find out.

Alarm protocols of other kinds get a name, so that the installer knows which adapter or setting is missing; so do the
protocols that port scanners try, so that nobody looks for a panel behind them. Everything is told by its first bytes
and only where they are certain enough; what is not is garbage. Whatever looks like a frame of DC-09 that was damaged
never gets another name, save the Osborne-Hoffman protocol with its constant in place of the CRC.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from protocols.dc09.grammar import FILLER, NEXT_HEAD

NO_HEAD = "dc09.no-head"
"""A frame of DC-09 whose LF, CRC and length are damaged or missing."""
_SIA_BLOCKS = "sia-blocks"
_OSBORNE_HOFFMAN = "osborne-hoffman"

_TABLE: tuple[tuple[str, bytes], ...] = (
    # --- alarm protocols ----------------------------------------------------------------------------------------------
    # The heartbeat of OH: receiver, line, account, "XX", identifier; NUL may stand for blanks.
    (_OSBORNE_HOFFMAN, rb"SR[0-9A-F]{4}L[0-9A-F]{4}[ \0]"),
    ("hid-uid", rb"HID=[0-9]+:"),
    # Of a receiver to automation software: DC4 ends a line; the heartbeat is "1", receiver, line, blanks and "@".
    (
        "sur-gard",
        rb"[0-9A-Z][0-9]{2}[0-9A-Z]{1,3}[ \[A-Z0-9][^\x00-\x1f]{6,120}\x14"
        rb"|5[0-9]{2}[0-9A-Z]{1,3} ?18[0-9A-F]{4,10}[ERP136][0-9A-F]{3}[ 0-9A-F]{4,6}\s*\Z"
        rb"|1[0-9]{2}[0-9A-Z]{1,3} {8,}@|[0S][0-9]{2}[0-9A-Z]{1,3}\[#[0-9A-F]{3,16}\|",
    ),
    (
        "ademco-685",
        rb"[0-9A-F]{2} OKAY @"
        rb"|[0-9A-F]{2} [ 0-9A-F]{4} (?:18 [ERP136][0-9A-F]{3} [ 0-9A-F]{2} [CU ]?[0-9A-F]{3}"
        rb"|[0-9]{4} [0-9]{4} [0-9]|[0-9A-F](?: [0-9A-F]){0,2})[\r\x1bA]",
    ),
    # DC-07, receiver to computer: CRC, type, sequence, receiver, line, data in brackets.
    ("dc-07", rb"[0-9A-F]{4}[\ta-zA-Z0-9][0-9]{4}(?:[0-9]{2}){1,2} ?\[[^\r\n]*\]\r"),
    # One project's description of the binary frames of a communicator: 28 bytes behind 5F, or these in a datagram.
    ("dsc-tl280", rb"(?:_(?=.{0,26}[\x80-\xff]).{27})+\Z|\0\0\0\x90\x95\x7e"),
    # The second protocol of one panel, on the port of the first.
    ("digits-and-code", rb"[0-9]{12,24}\?A\["),
    # --- what the web, the office and scanners speak ------------------------------------------------------------------
    ("sip", rb"[A-Z]{3,9} sips?:[^\r\n]+ SIP/2|SIP/2\.0 [1-6]"),
    ("rtsp", rb"[A-Z_]{3,13} (?:rtsp://|[^\r\n]* RTSP/1)"),
    ("http-proxy", rb"CONNECT [^\s]+:[0-9]+ HTTP/|[A-Z]{3,7} https?://[^\r\n]* HTTP/"),
    (
        "http",
        rb"(?:GET|POST|HEAD|PUT|OPTIONS|CONNECT|DELETE|PATCH|TRACE|PRI|PROPFIND) [^\r\n]*"
        rb"|[A-Z-]{3,12} [^\r\n]* HTTP/1\.|HTTP/[12][. ]",
    ),
    ("proxy-protocol", rb"PROXY (?:TCP4|TCP6|UNKNOWN)[ \r]|\r\n\r\n\0\r\nQUIT\n"),
    # A record of TLS, or the hello of SSL 2: length, type 1, version, and the lengths of what follows.
    ("tls", rb"\x16\x03[\x00-\x04]|[\x80-\xbf].\x01(?:\x00\x02|\x03[\x00-\x03])\0.\0[\0\x10\x20]\0[\x08-\x20]"),
    ("ssh", rb"SSH-[0-9]"),
    ("rdp", rb"\x03\0.{2}.\xe0"),
    ("smb", rb"\0.{3}[\xfd-\xff]SMB|[\xfe\xff]SMB"),
    ("mssql", rb"[\x12\x10]\x01.{2}\0\0[\0-\x02]\0"),
    # The answer of a client to the greeting that a server would have sent: 23 zeros in the middle.
    ("mysql", rb".{2}\0\x01.{9}\0{23}"),
    ("postgresql", rb"\0\0\0\x08\x04\xd2\x16[\x2e-\x30]|\0\0..\0\x03\0[\0-\x02][a-z_]+\0"),
    ("redis", rb"\*[0-9]+\r\n\$[0-9]+\r\n|(?:PING|INFO|CONFIG GET [^\r]*)\r\n"),
    ("memcached", rb"(?:stats|version|flush_all|gets? [^\r\n ]++)[^\r\n]*+\r\n|\x80[\x0b\x10]\0{22}"),
    ("mqtt", rb"\x10.{1,4}\0(?:\x04MQTT|\x06MQIsdp)"),
    ("amqp", rb"AMQP[\0-\x03]"),
    ("ldap", rb"0(?:.|\x84.{4})\x02\x01.[\x60\x63]"),
    ("smtp", rb"(?:EHLO|HELO|LHLO)(?: [^\r\n]*)?\r\n|MAIL FROM:"),
    ("ftp", rb"(?:USER [^\r\n]*|FEAT|SYST|AUTH (?:TLS|SSL))\r\n"),
    ("telnet", rb"\xff[\xfb-\xfe]."),
    ("vnc", rb"RFB [0-9]{3}\.[0-9]{3}\n"),
    # Transaction, protocol 0, length, unit, and a function that asks for something; the length fits.
    (
        "modbus",
        rb".{2}\0\0\0(?:\x06.[\x01-\x06].{4}|\x05.\x2b\x0e[\x01-\x04].|\x02.[\x07\x11])\Z",
    ),
    ("x11", rb"l\0\x0b\0\0\0|B\0\0\x0b\0\0"),
    # One question (with a length in front over TCP), or a request for the status of a server.
    ("dns", rb"(?:\0.)?.{2}[\0\x01][\0\x10\x20]\0\x01\0{5}[\0\x01][\x01-\x3f][\w-]|\0\x0c\0\0\x10\0{9}"),
    ("socks", rb"\x05[\x01-\x03][\0-\x02]{1,3}\Z|\x04\x01.{6}[^\0]*\0\Z"),
    # Probes that belong to one product or another, and calls for help.
    (
        "scanner",
        rb"HELP\r?\n|\?\r\n|\x01default\n|TNMP\x04|DmdT|JDWP-Handshake|JRMI\0|GIOP\x01|CNXN\0|ruok|t3 [0-9]"
        rb"|\x80\0\0\x28.{4}\0{7}\x02|\0.\0\0\x01\0\0\0\x01|:\0\0\0/\0\0\0|.{3}\0.{8}[\xd4\xdd]\x07\0\0"
        rb"|\{\s*\"(?:id|method|params|jsonrpc)\"|\x13BitTorrent",
    ),
)

_names = tuple(name for name, _ in _TABLE)
_stranger = re.compile(b"|".join(b"(%b)" % pattern for _, pattern in _TABLE), re.DOTALL).match
_constant = re.compile(rb"\n?0101[0-9A-Fa-f]{4}\"").match
"""An event of OH: a frame whose CRC is 0101."""
_frame_like = re.compile(rb"[^\"]{0,24}\"\*?[A-Z][A-Z0-9-]{1,15}\"[0-9A-F]{4}[RL#\[]").match

GUESSES = tuple(dict.fromkeys((*_names, _SIA_BLOCKS, NO_HEAD)))
"""Every name that :func:`guess` gives."""

_FUNCTIONS = frozenset(b"0123456789#&NOECP@?AXLVvI")
"""What a block of DC-03 can be, by the byte behind its length."""
_LENGTH = 0x3F
_account_block = re.compile(rb"[\x03-\x10\x43-\x50]#[0-9A-F]{3,}|\x05\x01\x81").match


def guess(data: bytes) -> str | None:
    """Name of what ``data``, which are no frame, begin with; None when nothing is recognised."""
    start = data.lstrip(FILLER)
    at = len(data) - len(start)
    if _constant(start):
        return _OSBORNE_HOFFMAN
    head = NEXT_HEAD.search(data)
    if head is not None and head.start() <= at:
        return None  # a damaged frame, of which whoever cuts frames knows more
    if _frame_like(start):
        return NO_HEAD
    match = _stranger(data) or _stranger(start)
    if match is not None:
        return _names[(match.lastindex or 1) - 1]
    return _SIA_BLOCKS if _is_block(start) or _is_block(data) else None


def disguised(head: bytes) -> str | None:
    """Name of what only looks like a frame of DC-09, by its first bytes; None for a damaged frame."""
    return _OSBORNE_HOFFMAN if _constant(head) else None


def _is_block(data: bytes) -> bool:
    """Whether ``data`` begin with a block of DC-03: length, function, data, and a byte that makes the sum FF."""
    if len(data) < 3 or (data[1] not in _FUNCTIONS and data[1] != 1):
        return False
    end = (data[0] & _LENGTH) + 3
    if len(data) >= end and reduce(xor, data[:end]) == 0xFF and min(data[2 : end - 1], default=0x20) >= 0x20:
        return True
    return _account_block(data) is not None
