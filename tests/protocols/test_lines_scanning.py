"""Bytes of a stream into frames and noise: every frame is found, and every byte is accounted for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.lines.scanning import KEPT_NOISE, Found, Scanner
from protocols.model import Noise
from tests.protocols.lines_support import Brackets, scanned


def frames(*pieces: bytes) -> list[bytes]:
    """The frames of a stream."""
    return [item.raw for item in scanned(pieces) if isinstance(item, Found)]


def noise(*pieces: bytes) -> list[tuple[bytes, int]]:
    """Its runs of noise."""
    return [(item.raw, item.size) for item in scanned(pieces) if isinstance(item, Noise)]


@pytest.mark.parametrize(
    ("stream", "expected", "rubbish"),
    [
        (b"<a>", [b"<a>"], []),
        (b"<a><b>", [b"<a>", b"<b>"], []),
        (b"\r\n<a> \n<b>\r", [b"<a>", b"<b>"], []),
        (b"xx<a>yy", [b"<a>"], [(b"xx", 2), (b"yy", 2)]),
        (b"<a<b>", [b"<b>"], [(b"<a", 2)]),
        (b"<" + b"a" * 20 + b"<b>", [b"<b>"], [(b"<" + b"a" * 20, 21)]),
        (b"x \r\n y<a>", [b"<a>"], [(b"x \r\n y", 6)]),
        (b"<a", [], [(b"<a", 2)]),
        (b" \r\n", [], []),
        (b"~a~~b", [b"~a~", b"~b"], []),
        (b"", [], []),
    ],
)
def test_frames_are_found_and_the_rest_is_noise(
    stream: bytes, expected: list[bytes], rubbish: list[tuple[bytes, int]]
) -> None:
    """At once, and byte by byte."""
    assert (frames(stream), noise(stream)) == (expected, rubbish)
    pieces = [bytes([byte]) for byte in stream]
    assert frames(*pieces) == expected
    assert b"".join(raw for raw, _ in noise(*pieces)) == b"".join(raw for raw, _ in rubbish)


def test_filler_in_front_of_a_frame_is_told_with_it() -> None:
    """For readers that have something to say about it."""
    [found] = scanned([b"\r\n", b" <a>"])
    assert isinstance(found, Found)
    assert (found.raw, found.filler) == (b"<a>", b"\r\n ")


def test_noise_is_told_when_the_next_frame_begins_and_not_before() -> None:
    """One run, however it came."""
    scanner = Scanner(Brackets())
    for piece in (b"x", b"y", b"z"):
        scanner.feed(piece)
        assert scanner.next() is None
        assert scanner.waiting
    scanner.feed(b"<a>")
    first, second = scanner.next(), scanner.next()
    assert isinstance(first, Noise)
    assert isinstance(second, Found)
    assert (first.raw, second.raw) == (b"xyz", b"<a>")
    assert scanner.next() is None
    assert not scanner.waiting


class AfterFiller(Brackets):
    """Frames begin behind filler alone, as where a lost LF makes any digit a beginning."""

    def seek(self, buffer: bytes, at: int) -> int:
        while (at := super().seek(buffer, at)) < len(buffer) and buffer[at - 1 : at].strip(self.filler):
            at += 1
        return at


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_what_stands_in_front_of_a_frame_is_seen_also_where_it_came_before(size: int) -> None:
    """However a stream is cut, the same frames are in it."""
    stream = b"x<a> <b>y<c>\n<d>"
    scanner = Scanner(AfterFiller())
    items: list[Found | Noise | None] = []
    for at in range(0, len(stream), size):
        scanner.feed(stream[at : at + size])
        while (item := scanner.next()) is not None:
            items.append(item)
    assert [item.raw for item in items if isinstance(item, Found)] == [b"<b>", b"<d>"]


def test_a_run_of_noise_is_cut_and_counted() -> None:
    """Its memory is bounded."""
    [run] = scanned([b"x" * 1000] * 50)
    assert isinstance(run, Noise)
    assert (run.raw, run.size) == (b"x" * KEPT_NOISE, 50_000)


def test_what_never_ends_is_no_frame() -> None:
    """It is given up where a frame could not be longer."""
    scanner = Scanner(Brackets())
    scanner.feed(b"<" + b"a" * 15)
    assert scanner.next() is None
    assert len(scanner.unread) < 16
    assert scanner.waiting


def test_a_frame_that_lacks_only_its_end_is_ready() -> None:
    """The line then has to be silent for a moment only."""
    scanner = Scanner(Brackets())
    for data, ready in ((b"~a", True), (b"~", False), (b"<b", False), (b">", False)):
        scanner.feed(data)
        while scanner.next() is not None:
            pass
        assert scanner.ready is ready


@settings(deadline=None)
@given(st.lists(st.text("<>~ax \n", max_size=12), max_size=6))
def test_no_byte_is_lost_or_told_twice(texts: list[str]) -> None:
    """Frames, filler and noise make up the stream, but for filler at its end."""
    pieces = [text.encode() for text in texts]
    told = b"".join(item.filler + item.raw if isinstance(item, Found) else item.raw for item in scanned(pieces))
    stream = b"".join(pieces)
    assert stream.startswith(told)
    assert not stream[len(told) :].strip(b" \r\n")
    whole = [item.raw for item in scanned([stream]) if isinstance(item, Found)]
    assert whole == [item.raw for item in scanned(pieces) if isinstance(item, Found)]
