"""Writes the vectors of ``docs/radio-protocol.md``: ``python -m tests.protocols.radio_vectors``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fastcrc

from protocols import ax25, fec, kiss
from protocols.datagram import (
    FEC_INSIDE,
    LOW_BATTERY,
    MORE_QUEUED,
    SIZE,
    Header,
    RadioKey,
    Standing,
    Suite,
    Window,
    nonce,
    seal,
)
from protocols.datagram import payloads as p

DOCUMENT = Path(__file__).parents[2] / "docs" / "radio-protocol.md"
BEGIN = "<!-- vectors: written by python -m tests.protocols.radio_vectors -->\n"
END = "<!-- end of vectors -->\n"

AES_128 = RadioKey(1, Suite.AES_CCM_8, bytes(range(16)))
AES_256 = RadioKey(2, Suite.AES_CCM_8, bytes(range(32)))
CHACHA = RadioKey(3, Suite.CHACHA20_POLY1305, bytes(range(32)))
NETWORK, STATION = 0x0A01, 0x1234
NONCE = bytes.fromhex("a1b2c3d4e5f60718")
TIME = 1_790_000_000


def frame_of_dc09() -> bytes:
    """A frame of DC-09."""
    body = b'"ADM-CID"0007L0#1234[#1234|1130 01 015]'
    return b"\n%04X%04X%b\r" % (fastcrc.crc16.arc(body), len(body), body)


DATAGRAMS: tuple[tuple[str, str, RadioKey, int, int, p.Payload | None], ...] = (
    ("event-ascii", "EVENT, form 31: burglary, partition 01, zone 015.", AES_128, 5, 0, None),
    (
        "event-nibbles",
        "EVENT, form 01: the same with its time; more events are queued.",
        AES_128,
        6,
        MORE_QUEUED,
        p.ContactId("1", "130", "01", "015", TIME),
    ),
    (
        "event-nibbles-old",
        "EVENT, form 01: an opening by user 00B, old and without a time; low battery.",
        AES_128,
        7,
        LOW_BATTERY,
        p.ContactId("1", "401", "01", "00B", None, True),
    ),
    ("event-sia", "EVENT, form 02: SIA text, with AES-256.", AES_256, 0, 0, p.SiaText("Nri1/BA015^Тест^", TIME)),
    ("event-dc09", "EVENT, form 0A: a whole DC-09 frame.", AES_256, 1, 0, p.WholeFrame(frame_of_dc09())),
    (
        "event-chacha",
        "EVENT, form 01, with ChaCha20-Poly1305.",
        CHACHA,
        0x010203040506,
        0,
        p.ContactId("3", "130", "01", "015"),
    ),
    ("event-parity", "EVENT, form 31, to be sent with parity.", AES_128, 0xC0DB, FEC_INSIDE, None),
    ("test-empty", "TEST that says nothing.", AES_128, 8, 0, p.Test()),
    (
        "test",
        "TEST: the next one in 900 s, 12.6 V, the centre is heard at -87 dBm.",
        AES_128,
        9,
        0,
        p.Test(900, 126, 87),
    ),
    ("test-chacha", "The same with ChaCha20-Poly1305.", CHACHA, 0x010203040507, 0, p.Test(900, 126, 87)),
    ("ack", "ACK of event-ascii: stored.", AES_128, 0, 0, p.Ack(5, p.Result.STORED)),
    (
        "ack-queued",
        "ACK of event-nibbles: stored, and the queued events are wanted.",
        AES_128,
        1,
        0,
        p.Ack(6, p.Result.STORED, True),
    ),
    ("ack-alive", "ACK of test: alive.", AES_128, 2, 0, p.Ack(9, p.Result.ALIVE)),
    ("poll", "POLL.", AES_128, 3, 0, p.Poll()),
    ("poll-reply", "POLL_REPLY to it, with a TEST payload.", AES_128, 10, 0, p.PollReply(3, p.Test(900, 126, 87))),
    ("sync-req", "SYNC_REQ.", AES_128, 11, 0, p.SyncRequest(NONCE)),
    ("sync-rsp", "SYNC_RSP to it.", AES_128, 4, 0, p.SyncResponse(NONCE, TIME * 1000 + 250)),
)
"""Name, what it is, key, counter, flags, payload (None: the event in ASCII)."""

PCN, OBJECT, DIGIPEATER = ax25.Address("PCN"), ax25.Address("OBJ123", 7), ax25.Address("RPT", 1)


def block(name: str, **values: str) -> str:
    """One vector."""
    lines = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in values.items())
    return f"```vector\nname: {name}\n{lines}```\n"


def made() -> dict[str, bytes]:
    """The datagrams by name."""
    return {name: sealed(key, counter, flags, payload) for name, _, key, counter, flags, payload in DATAGRAMS}


def sealed(key: RadioKey, counter: int, flags: int, payload: p.Payload | None) -> bytes:
    """One datagram."""
    said = payload if payload is not None else p.ContactIdText("E", "130", "01", "015")
    return seal(Header(p.type_of(said), flags, NETWORK, STATION, key.key_id, counter), p.encode(said), key)


def datagrams() -> Iterator[str]:
    """Those of every type and suite, and one that is reserved."""
    yield f"### Datagrams\n\nNetwork id {NETWORK:04x}, station id {STATION:08x}.\n"
    for name, title, key, counter, flags, payload in DATAGRAMS:
        said = payload if payload is not None else p.ContactIdText("E", "130", "01", "015")
        header = Header(p.type_of(said), flags, NETWORK, STATION, key.key_id, counter)
        raw = sealed(key, counter, flags, payload)
        yield f"{title}\n"
        yield block(
            name,
            suite=key.suite,
            key=key.material.hex(),
            header=raw[:SIZE].hex(" "),
            nonce=nonce(header, key.suite).hex(),
            payload=p.encode(said).hex(" ") or "-",
            sealed=raw.hex(),
        )


def refused() -> Iterator[str]:
    """Datagrams that nobody may take."""
    good = made()["event-ascii"]
    yield "### To be refused\n\nAll of them under the key of event-ascii; none may be answered.\n"
    changed = {
        "a bit of the flags flipped": good[:1] + b"\x02" + good[2:],
        "a bit of the counter flipped": good[:14] + b"\x04" + good[15:],
        "a bit of the payload flipped": good[:15] + bytes((good[15] ^ 0x80,)) + good[16:],
        "a bit of the tag flipped": good[:-1] + bytes((good[-1] ^ 1,)),
        "the type made TEST": b"\x13" + good[1:],
        "the type made ACK: the other direction": b"\x12" + good[1:],
        "version 2": b"\x21" + good[1:],
        "another station": good[:4] + bytes.fromhex("00001235") + good[8:],
        "another network": good[:2] + b"\x0a\x02" + good[4:],
        "cut off": good[:-1],
        "lengthened": good + b"\0",
    }
    for number, (why, raw) in enumerate(changed.items(), start=1):
        yield block(f"refused-{number}", why=why, refused=raw.hex())


def framed() -> Iterator[str]:
    """The same datagrams on the two kinds of channels."""
    all_of_them = made()
    yield "### Over KISS and AX.25\n\nFrom OBJ123-7 to PCN, straight and over the digipeater RPT-1, and the way back.\n"
    for name, of, destination, source, path in (
        ("ax25", "event-ascii", PCN, OBJECT, ()),
        ("ax25-digipeater", "event-ascii", PCN, OBJECT, (ax25.Address("RPT", 1, True),)),
        ("ax25-ack", "ack", OBJECT, PCN, (DIGIPEATER,)),
        ("ax25-escapes", "event-parity", PCN, OBJECT, ()),
    ):
        info = all_of_them[of] if of != "event-parity" else sealed(AES_128, 0xC0DC, 0, None)
        frame = ax25.encode(ax25.UiFrame(destination, source, path, info))
        if of == "event-parity":
            yield "A datagram with C0 in it (counter c0dc, no parity over AX.25):\n"
        yield block(
            name,
            datagram=info.hex(),
            frame=frame.hex(),
            fcs=ax25.with_fcs(frame)[-2:].hex(" "),
            kiss=kiss.frame(frame).hex(),
        )
    yield "### Over a transparent modem\n\nWithout parity, then with it; and damaged, with what a receiver repairs.\n"
    plain, coded = all_of_them["event-ascii"], fec.protect(all_of_them["event-parity"])
    yield block("transparent", datagram=plain.hex(), wire=kiss.enclose(plain).hex())
    wire = kiss.enclose(coded)
    yield block(
        "transparent-parity",
        datagram=all_of_them["event-parity"].hex(),
        parity=coded[-fec.PARITY :].hex(),
        wire=wire.hex(),
    )
    for name, why, broken in damaged(wire):
        yield block(name, why=why, damaged=broken.hex(), datagram=all_of_them["event-parity"].hex())


def damaged(wire: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Ways to damage a frame that can be repaired."""
    eight = bytearray(wire)
    for at in (1, 3, 8, 22, 25, 31, 40, 50):
        eight[at] = eight[at] ^ 0x15
    yield "damaged-bytes", "eight bytes are wrong", bytes(eight)
    escape = wire.index(b"\xdb\xdc")
    yield "damaged-escape", "the DB of an escape is wrong", wire[:escape] + b"\x5b" + wire[escape + 1 :]
    yield "damaged-fend", "a byte has become C0", wire[:24] + b"\xc0" + wire[25:]
    yield "damaged-fesc", "a byte has become DB", wire[:24] + b"\xdb" + wire[25:]


STEPS = ((0, 1), (3, 1), (3, 1), (1, 1), (3, 2), (2, 1), (70, 1), (7, 1), (6, 1), (3, 1), (70, 1), (10**6, 1), (70, 1))
_WORDS = {
    Standing.NEW: "new",
    Standing.SEEN: "copy",
    Standing.DIFFERENT: "counter used twice",
    Standing.OLD: "old",
}


def window() -> Iterator[str]:
    """Counters in the order they come, and what each of them is."""
    yield "### The replay window\n\nAn empty window; counters (decimal) in the order they come, all authentic.\n"
    yield "| counter | mark | is | highest after it |\n| --- | --- | --- | --- |\n" + "".join(_steps())


def _steps() -> Iterator[str]:
    state = Window()
    for counter, number in STEPS:
        mark = bytes((number,)) * 4
        standing = state.ask(counter, mark)
        state = state.taken(counter, mark)
        yield f"| {counter} | {mark.hex()} | {_WORDS[standing]} | {state.highest} |\n"


def text() -> str:
    """Everything between the two marks."""
    return "\n" + "\n".join((*datagrams(), *refused(), *framed(), *window())) + "\n"


def document(page: str) -> str:
    """The page with its vectors written anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + text() + END + after


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text()))
