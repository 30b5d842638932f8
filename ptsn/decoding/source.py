"""Where the bytes come from: a file or a pipe in chunks, and what kind of file it is."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO

from msgspec import Struct

from protocols.capture import HEAD, CaptureError, Format, detect, packed

CHUNK = 1 << 16
_SMALL = 1 << 16
"""Bytes up to which every new chunk is looked at; beyond, only when there are many more."""
_LARGE = 4 << 20
"""Bytes of a file that takes so long that one wants to see it move."""


class Source(Struct):
    """A file being read."""

    kind: Format
    """As which it is read."""
    looks_like: Format
    """What its beginning looks like."""
    chunks: Iterator[bytes]


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file as they come."""
    # read1 hands out what is there, so that a pipe is followed as it fills.
    read = getattr(file, "read1", file.read)
    while piece := read(CHUNK):
        yield piece


def open_source(chunks: Iterable[bytes], forced: Format | None) -> Source:
    """Find out what kind of file it is, by no more of it than that takes; ``forced`` is what it is said to be.

    Raises CaptureError for a compressed file.
    """
    source = iter(chunks)
    if forced is not None:
        head = next(source, b"")
        return Source(forced, detect(head) or Format.RAW, chain((head,), source))
    head = b""
    look = 0
    for chunk in source:
        head += chunk
        if len(head) < look:
            continue
        kind = detect(head, final=len(head) >= HEAD)
        if kind is not None:
            return Source(_not_packed(kind, head), kind, chain((head,), source))
        look = len(head) + (len(head) // 4 if len(head) > _SMALL else 0)
    kind = detect(head) or Format.RAW
    return Source(_not_packed(kind, head), kind, iter((head,)))


def _not_packed(kind: Format, head: bytes) -> Format:
    name = packed(head) if kind is Format.RAW else ""
    if name:
        program = {"gzip": "gunzip -c", "zip": "unzip -p", "zstd": "zstdcat", "xz": "xzcat", "bzip2": "bzcat"}[name]
        raise CaptureError(f"the file is compressed ({name}); unpack it first: {program} FILE | ptsn decode -")
    return kind


def size_of(file: IO[bytes]) -> int | None:
    """Bytes of a regular file; None for a pipe and the like."""
    try:
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


class Progress:
    """Says on a terminal how far a long file is read."""

    def __init__(self, say: Callable[[str], None], size: int | None) -> None:
        self._say = say
        self._size = size if size is not None and size >= _LARGE else 0
        self._percent = 0
        self.read = 0
        """Bytes read so far."""

    def follow(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks."""
        for chunk in chunks:
            yield chunk
            self.read += len(chunk)
            percent = min(99, self.read * 100 // self._size) if self._size else 0
            if percent > self._percent:
                self._percent = percent
                self._say(f"\r{percent:3d} %")

    def done(self) -> None:
        """Take the figure away."""
        if self._percent:
            self._percent = 0
            self._say("\r     \r")
