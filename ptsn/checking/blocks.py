"""What a report is made of, whatever it is written as. All text is plain, and peer text in it is cleaned already."""

from __future__ import annotations

from msgspec import Struct

from panels.inspection.report import Example


class Said(Struct, frozen=True):
    """A sentence."""

    text: str
    mark: str = ""
    """A grade where the sentence stands for one."""


class Facts(Struct, frozen=True):
    """Labels and what is known under them, each a list of short statements."""

    rows: tuple[tuple[str, tuple[str, ...]], ...]


class Table(Struct, frozen=True):
    """Rows under headings."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Tick(Struct, frozen=True):
    """A part of a test."""

    done: bool
    label: str
    remark: str


class Ticks(Struct, frozen=True):
    """Parts of a test, done or not."""

    rows: tuple[Tick, ...]


class FindingBlock(Struct, frozen=True):
    """One departure in words."""

    severity: str
    """Its id."""
    word: str
    """Its name."""
    id: str
    text: str
    advice: str
    remarks: tuple[str, ...]
    """How often, and where it is shown."""


class FrameBlock(Struct, frozen=True):
    """One message, byte by byte."""

    heading: str
    wire: str
    """What the bytes on the wire are called."""
    plain: str
    """What the decrypted bytes are called."""
    example: Example
    shows: tuple[str, ...]
    """Findings in words."""
    more: str
    """That there are further parts; empty where all are shown."""
    encoding: str = "utf-8"
    """Of the texts in it."""


Block = Said | Facts | Table | Ticks | FindingBlock | FrameBlock


class Section(Struct, frozen=True):
    """Blocks under a heading."""

    heading: str
    blocks: tuple[Block, ...]
    level: int = 2


class Document(Struct, frozen=True):
    """A report in words."""

    title: str
    subtitle: str
    """What the report is about, by the words of whoever made it; may be empty."""
    language: str
    grade: str
    grade_word: str
    grade_text: str
    partial: bool
    """The grade is good, and parts of a full test have not come yet."""
    sections: tuple[Section, ...]
    foot: str
