"""What a check says where it cannot judge, and what it may not say."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from panels.inspection import Report
from panels.inspection.notes import Found
from protocols.catalogue import LANGUAGES
from protocols.ends import LinkTest
from protocols.model import Severity
from ptsn.checking.document import document
from ptsn.checking.live import Live
from ptsn.checking.readable import readable
from ptsn.checking.text import text
from ptsn.checking.words import Words
from tests.cli.check_support import Check, WirePanel, cid, ids
from tests.cli.test_check_parts import LOOPBACK, message
from tests.panels.test_inspection import INFO, Bench, secret
from tests.panels.test_inspection import cid as frame_of
from tests.support import frames
from tests.support.station import ptsn, talk

KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


def written(report: Report, language: str = "en") -> str:
    """The report on one line."""
    return " ".join(text(document(report, LOOPBACK, Words(language))).split())


def test_one_link_test_does_not_conform_without_more_ado(tmp_path: Path) -> None:
    """The box says how little was seen, on the page too."""
    with Check(tmp_path) as check:
        WirePanel(check.port()).accepted(LinkTest("1234"))
        assert check.end() == 0
    assert "CONFORMS SO FAR. Parts of a full test that came: 1 of 10." in check.said
    page = check.html.read_text()
    assert "Parts of a full test that came: 1 of 10." in page
    assert 'class="verdict conforms partial"' in page


def test_a_key_that_the_panel_does_not_use_is_told(tmp_path: Path) -> None:
    """At once, and as a departure."""
    with Check(tmp_path, "--key", KEY.hex()) as check:
        WirePanel(check.port()).accepted(cid("130"))
        check.shows("A key was given, and the messages come in the clear.")
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert (seen["grade"], ids(seen)) == ("works", {"conduct.not-encrypted"})


def test_a_wrong_crc_is_named_in_the_conclusion(tmp_path: Path) -> None:
    """No question about TLS: the panel speaks DC-09 and its bytes are damaged."""
    good = frames.cid()
    with Check(tmp_path) as check:
        with socket.create_connection(("127.0.0.1", check.port())) as panel:
            panel.sendall(good.replace(b"1130", b"1131"))
            check.shows("Account 1234: the CRC in the frame is")
        assert check.end() == 1
    report = " ".join(check.out.partition("====")[2].split())
    assert f"Account 1234: the CRC in the frame is {good[1:5].decode()}, its bytes give" in report
    assert "It got no answer." in report
    assert "The panel reaches this station and speaks DC-09" in report
    assert "TLS" not in report
    assert "above" not in report


def test_an_address_of_another_machine_is_told_as_that() -> None:
    """With the addresses that this one has, and without a program to end."""
    done = ptsn("check", "tcp:192.0.2.77:5000", check=False)
    assert done.returncode == 2
    assert "this machine has no address 192.0.2.77" in done.stderr
    assert "127.0.0.1" in done.stderr
    assert "ptsn check tcp:0.0.0.0:5000" in done.stderr
    assert "End that program" not in done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_conclusion_names_the_key_that_is_missing(language: str) -> None:
    """Ahead of all else, under a heading of its own, with how many messages nobody could read."""
    bench = Bench()
    line = bench.connect()
    bench.send(line, secret(bench))
    words = Words(language)
    report = written(bench.report(), language)
    assert report.count(words("sealed.not-known", count=1)) == 3
    heading = report.index(words("report.key"))
    assert heading < report.index("dc09.cipher.no-key")
    assert words("reason.no-key", count=1) in report
    assert words("report.findings.none") not in report
    assert words("clock.unknown") not in report


def test_notes_stand_under_a_heading_of_their_own() -> None:
    """They are no departures."""
    bench = Bench()
    bench.send(bench.connect(), frames.cid())
    report = written(bench.report())
    places = [report.index(each) for each in ("Departures", "No departure", "Notes: nothing", "* note:")]
    assert places == sorted(places)


@pytest.mark.parametrize(("encoding", "name"), [("utf-8", "utf-8"), ("windows-1251", "windows-1251")])
def test_texts_are_shown_as_letters(tmp_path: Path, encoding: str, name: str) -> None:
    """Live and in the bytes of the report."""
    data = b'"SIA-DCS"0001L0#1234[1234|Nri1/BA012^' + "Вход".encode(encoding) + b"^]"
    with Check(tmp_path, "--encoding", name) as check:
        with socket.create_connection(("127.0.0.1", check.port())) as panel:
            talk(panel, frames.frame(data))
            check.shows("Вход")
        assert check.end() in (0, 1)
    _, _, report = check.out.partition("====")
    assert "Вход" in report
    assert "‹D0›" not in report
    assert check.html.read_text().count("Вход") >= 2


def test_what_is_no_text_is_shown_as_marks() -> None:
    """Neither two raw bytes of a CRC nor what cannot be seen becomes a letter."""
    assert readable('\nÂÂ0010"A"\r', "windows-1251") == '‹LF›‹C2›‹C2›0010"A"‹CR›'
    assert readable("\x1b\xad\x00", "windows-1251") == "‹1B›‹AD›‹00›"
    assert readable("\xd0\x92\xd0", "utf-8") == "В‹D0›"
    assert readable("abcdef", "utf-8", 3) == "abc..."


def test_what_nothing_can_be_done_about_is_told_once() -> None:
    """Of whichever panel; its advice names no list of accounts."""
    live = Live(Words("en"), LOOPBACK)
    found = (Found("dc09.cipher.short-padding", Severity.NOTE, 1),)
    first = live.lines(message(account="1", found=found))
    assert "short-padding" in " ".join(first)
    assert "accounts" not in " ".join(first)
    for account in ("2", "3"):
        assert len(live.lines(message(account=account, found=found))) == 1
    assert len(live.lines(message(account="1", found=(Found(found[0].id, Severity.NOTE, 2),)))) == 1


@pytest.mark.parametrize("width", range(40, 110))
def test_an_answer_is_not_torn_from_its_arrow(width: int) -> None:
    """At any number of columns."""
    live = Live(Words("en"), LOOPBACK)
    live.width = width
    for note in (message(), message(answer="")):
        lines = live.lines(note)
        assert not any(line.endswith("->") for line in lines)
        assert "\u00a0" not in "".join(lines)


def test_padding_of_one_length_is_no_range() -> None:
    """And the words need no plural."""
    bench = Bench({"key 1": INFO})
    bench.send(bench.connect(), secret(bench))
    least, most = bench.panel().protection.pad_bytes or (0, 1)
    assert least == most
    assert f"длина в байтах: {least} " in written(bench.report(), "ru")
    assert f"{least} до" not in written(bench.report(), "ru")


def test_a_folder_without_its_lock_is_swept_when_it_is_old(tmp_path: Path) -> None:
    """One that is being made has none yet either."""
    from ptsn.checking.folder import sweep

    old, fresh = tmp_path / "ptsn-check-old", tmp_path / "ptsn-check-fresh"
    for folder in (old, fresh):
        folder.mkdir()
    os.utime(old, (time.time() - 1000, time.time() - 1000))
    sweep(tmp_path)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_a_full_test_conforms_without_reservation() -> None:
    """Every part came."""
    bench = Bench()
    bench.send(bench.connect(), frame_of(bench))
    report: Any = bench.report()
    (panel,) = report.panels
    whole = replace(panel, checklist=tuple(replace(part, count=1) for part in panel.checklist))
    made = document(replace(report, panels=(whole,)), LOOPBACK, Words("en"))
    assert (made.grade_word, made.grade_text, made.partial) == (
        "CONFORMS",
        "Everything that came follows the standard.",
        False,
    )
