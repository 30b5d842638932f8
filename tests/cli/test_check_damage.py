"""What the report of a check says of messages that came damaged: what was wrong with them, and that they came again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from panels.inspection.grading import BROKEN
from protocols.catalogue import LANGUAGES, texts
from protocols.dc09.damaged import GUESSES
from ptsn.checking.document import document
from ptsn.checking.place import Place
from ptsn.checking.text import text
from ptsn.checking.words import Words
from tests.panels.test_inspection_senders import ASKS, LineBench, block

ACCOUNT, RESTORE, ALARM = (block(ASKS, content) for content in (b"#1234", b"NBR15", b"NBA15"))
LINE = b"\n11 1234 18 R130 01 C015 \r"
ALARM_LINE = LINE.replace(b"R", b"E")


def written(bench: LineBench, language: str = "en") -> str:
    """The report, each run of blanks as one."""
    return " ".join(text(document(bench.report(), Place((), ()), Words(language))).split())


def damaged(protocol: str, transport: str, before: Sequence[bytes], noise: bytes, whole: bytes) -> LineBench:
    """A sender one of whose messages came damaged, then whole."""
    bench = LineBench(protocol, transport)
    line = bench.connect()
    bench.send(line, *before, noise)
    bench.silence(line, 2.0)
    bench.send(line, whole)
    return bench


@pytest.mark.parametrize("transport", ["tcp", "serial"])
@pytest.mark.parametrize(
    ("protocol", "before", "noise", "whole", "why"),
    [
        ("sia", (ACCOUNT, RESTORE), b"DNBA15\xf3", ALARM, "wrong parity byte"),
        ("ademco685", (LINE,), ALARM_LINE.replace(b"1234", b"12\xff4"), ALARM_LINE, "broken off, or with bytes"),
    ],
    ids=["sia", "ademco685"],
)
def test_what_was_wrong_is_named_and_that_it_came_again(
    transport: str, protocol: str, before: Sequence[bytes], noise: bytes, whole: bytes, why: str
) -> None:
    """CRC and length are checks of another protocol."""
    said = written(damaged(protocol, transport, before, noise, whole))
    assert f"conduct.{'damaged' if transport == 'tcp' else 'line-damaged'}; times: 1; {why}" in said
    assert "repetitions 1; after 3 s; after damage: 1" in said
    assert "not acknowledged came again: 1" in said
    assert "CRC" not in said
    assert (f"Messages that were not whole ({why}" in said) == (transport == "tcp")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_damage_is_named_shortly(language: str) -> None:
    """Also those of a protocol that is added; and no id is shown where a word belongs."""
    known = texts.ids("report", language)
    assert {guess for guess in (*BROKEN, *GUESSES) if f"check.broken.{guess}" not in known} == set()
    bench = damaged("sia", "tcp", (ACCOUNT, RESTORE), b"DNBA15\xf3", ALARM)
    assert "check." not in written(bench, language)
    assert "{" not in written(bench, language)
