"""The wire: what a panel sent, what was answered, and why not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from protocols.catalogue import LANGUAGES, texts
from tests.tui.fake_station import Running, running
from tui.look import State
from tui.pages.wire import WirePage
from tui.pages.wire_detail import hex_lines, told
from tui.pages.wire_rows import narrowed, peer_host, state_of
from tui.state.model import WireRecord
from tui.telling import Teller

pytestmark = pytest.mark.anyio

TELLER = Teller("en")


def page_of(it: Running) -> WirePage:
    """The page that is shown."""
    page = it.console.page
    assert isinstance(page, WirePage)
    return page


def whats(it: Running) -> list[tuple[str, str]]:
    """Kind and peer of every record in the list."""
    records = page_of(it).records
    return [(records.at(index).what, records.at(index).peer) for index in range(len(records))]


async def opened(it: Running) -> None:
    """Wait for the recent records."""
    await it.settle(lambda: whats(it), "the wire")


def record(it: Running, **more: object) -> None:
    """Something passes over the wire."""
    new = it.link.records[-1] | {"n": it.link.records[-1]["n"] + 1} | more
    it.link.records.append(new)
    it.link.push("/v1/wire", "wire", new)


# The list


async def test_bytes_are_shown_with_marks_and_verdicts_with_their_reasons() -> None:
    """In, decided, out, as they passed."""
    async with running(first="wire") as it:
        await opened(it)
        text = it.text()
        assert '‹LF›133E003B"ADM-CID"0059L0#1008[#1008|1120 03 021]' in text
        assert "stored, answered ACK: on disk" in text
        assert "refused, no answer: encrypted with another key" in text
        assert "findings: 1" in text


async def test_enter_narrows_the_list_to_the_account_or_address_and_widens_it_again() -> None:
    """The notice names which."""
    async with running(first="wire") as it:
        await opened(it)
        whole = whats(it)
        page_of(it).list.select(page_of(it).records.at(2).n)
        await it.pilot.press("enter")
        await it.settle(lambda: {peer for _, peer in whats(it)} == {"192.0.2.8:4008"}, "one account")
        assert [what for what, _ in whats(it)] == ["note", "in", "verdict", "out", "note"]
        assert "» only account 1008" in it.text()
        await it.pilot.press("enter")
        await it.settle(lambda: whats(it) == whole, "everything")
        page_of(it).list.select(page_of(it).records.at(5).n)
        await it.pilot.press("enter")
        await it.settle(lambda: [what for what, _ in whats(it)] == ["in", "noise"], "one address")
        assert "» only address 203.0.113.77" in it.text()


async def test_an_account_or_address_is_typed() -> None:
    """What nothing came from says so."""
    async with running(first="wire") as it:
        await opened(it)
        await it.pilot.press("f7")
        page_of(it).bar.query_one("#words", Input).value = "198.51.100.9"
        await it.settle(lambda: whats(it) == [("verdict", "198.51.100.9:5511")], "one address")
        page_of(it).bar.query_one("#words", Input).value = "9999"
        await it.settle(lambda: "Nothing of this account or address" in it.text(), "that there is nothing")
        await it.pilot.press("escape", "escape")
        await it.settle(lambda: len(whats(it)) == len(it.link.records), "everything")


async def test_a_paused_list_stands_still_and_loses_nothing() -> None:
    """How many wait is said; Space lets it go on."""
    async with running(first="wire") as it:
        await opened(it)
        before = whats(it)
        await it.pilot.press("space")
        for _ in range(3):
            record(it, what="note", text="connected")
        await it.settle(lambda: page_of(it).records.waiting == 3, "three that wait")
        assert "STANDS STILL, waiting: 3" in it.text()
        assert whats(it) == before
        await it.pilot.press("space")
        await it.settle(lambda: len(whats(it)) == len(before) + 3, "all of them")
        assert "Came meanwhile: 3" in it.text()


# The pane


async def test_the_selected_record_is_told_in_full() -> None:
    """Every byte in hex, and findings with what to do about them, on the smallest screen, too."""
    async with running(first="wire", size=(80, 24)) as it:
        await opened(it)
        page_of(it).list.select(page_of(it).records.at(1).n)
        await it.settle(lambda: "0000  0A 31 33 33 45" in it.text(), "the bytes in hex")
        page_of(it).list.select(page_of(it).records.at(8).n)
        await it.settle(lambda: "What to do: A fault of the firmware" in it.text(), "the advice")
        assert "dc09.crc.counts-the-cr" in it.text()


async def test_what_is_told_stays_while_others_come() -> None:
    """An installer reads, and panels go on sending."""
    async with running(first="wire") as it:
        await opened(it)
        page_of(it).list.select(page_of(it).records.at(1).n)
        await it.settle(lambda: "0A 31 33 33 45" in it.text(), "the bytes in hex")
        for _ in range(60):
            record(it, what="note", text="connected")
        await it.settle(lambda: len(whats(it)) > 60, "sixty more")
        assert "0A 31 33 33 45" in it.text()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_kind_of_record_is_told_in_every_language(language: str) -> None:
    """No id and no English word is left where words belong."""
    async with running(first="wire", language=language, size=(200, 60)) as it:
        await opened(it)
        for index in range(len(it.link.records)):
            page_of(it).list.select(page_of(it).records.at(index).n)
        await it.settle()
        assert "wire.is-" not in it.text()
        assert texts.text("views", "wire.no-findings", language) in it.text()


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_rejection_of_noise_is_told(language: str) -> None:
    """Nobody is told that nothing was answered where something was."""
    noise = WireRecord(n=1, what="noise", guess="sia.parity", bytes="x", size=1, answer="NAK")
    shown = told(noise, TELLER, language, 80).plain
    assert texts.text("views", "wire.noise-answered", language, answer="NAK") in shown
    unanswered = texts.text("views", "wire.noise-unanswered", language)
    assert unanswered not in shown
    assert unanswered in told(replace(noise, answer=""), TELLER, language, 80).plain


def test_what_peers_send_is_never_read_as_markup() -> None:
    """Nor as commands of the terminal."""
    evil = "[red]x[/red]\x1b[2J\x9b"
    shown = told(WireRecord(n=1, what="noise", peer="[b]p", guess=evil, bytes=evil, size=15), TELLER, "en", 80).plain
    assert "[red]x[/red]‹1B›[2J‹9B›" in shown
    assert "[b]p" in shown
    assert "\x1b" not in shown
    assert "\x9b" not in shown


def test_why_an_answer_was_withheld_comes_with_what_to_do() -> None:
    """For every reason that somebody at the panel or the station can mend."""
    for why in ("no-key", "wrong-key", "plain", "plain-inside", "not-its-key", "unknown-account"):
        shown = told(WireRecord(n=1, what="verdict", verdict="refused", why=why), TELLER, "en", 80).plain
        assert "What to do: " in shown, why
    answered = told(WireRecord(n=1, what="verdict", verdict="stored", answer="ACK", why="on-disk"), TELLER, "en", 80)
    assert "What to do" not in answered.plain


def test_decrypted_text_and_the_place_of_a_finding_are_told() -> None:
    """Bytes are counted from 0, both ends included."""
    finding = {"id": "dc09.crc.binary", "severity": "violation", "offset": 1, "length": 2}
    one = WireRecord(n=1, what="verdict", verdict="stored", answer="ACK", plain="|x]\r", findings=(finding,))
    shown = told(one, TELLER, "en", 80).plain
    assert "Decrypted\n|x]‹CR›" in shown
    assert "(dc09.crc.binary  bytes 1 to 2)" in shown


def test_hex_shows_every_byte_once() -> None:
    """Whatever the width."""
    data = "".join(map(chr, range(256)))
    for width in (20, 80, 160):
        lines = list(hex_lines(data, width))
        assert " ".join(line[6:].split("  ")[0] for line in lines).split() == [f"{one:02X}" for one in range(256)]
        assert width < 74 or max(map(len, lines)) <= width


def test_what_was_not_acknowledged_stands_out() -> None:
    """By its mark, and more than a mere departure from the standard."""
    states = {
        state_of(WireRecord(n=1, what="verdict", verdict="stored", answer="ACK")): State.OK,
        state_of(
            WireRecord(
                n=1, what="verdict", verdict="stored", answer="ACK", findings=({"id": "x", "severity": "violation"},)
            )
        ): State.TROUBLE,
        state_of(WireRecord(n=1, what="verdict", verdict="malformed", answer="NAK")): State.URGENT,
        state_of(WireRecord(n=1, what="verdict", verdict="refused")): State.LOST,
        state_of(WireRecord(n=1, what="noise")): State.UNREAD,
    }
    assert all(found is wanted for found, wanted in states.items())
    assert len(states) == 5
    noted = WireRecord(n=1, what="verdict", verdict="stored", answer="ACK", findings=({"id": "x", "severity": "note"},))
    assert state_of(noted) is State.OK


@pytest.mark.parametrize(
    ("typed", "account", "peer"),
    [("1234", "1234", ""), ("10.0.0.5:4000", "", "10.0.0.5:4000"), ("[::1] AB12", "AB12", "[::1]"), ("  ", "", "")],
)
def test_an_address_is_told_from_an_account(typed: str, account: str, peer: str) -> None:
    """By its dot or colon."""
    found = narrowed(typed)
    assert (found.accounts, found.peer) == ((account,) if account else (), peer)


async def test_a_sites_name_finds_its_account_or_says_that_it_does_not() -> None:
    """In the filter bar, and in the title."""
    async with running(first="wire") as it:
        await opened(it)
        site = it.console.station.names.site("1008") or next(
            one.name for one in it.console.station.names.sites().values() if one.account == "1008"
        )
        await it.pilot.press("f7")
        page_of(it).bar.query_one("#words", Input).value = site.lower()
        await it.settle(lambda: whats(it) and {peer for _, peer in whats(it)} == {"192.0.2.8:4008"}, "its connection")
        assert "only account 1008" in it.text()
        page_of(it).bar.query_one("#words", Input).value = "zzz nowhere"
        await it.settle(lambda: "no site is called so" in it.text(), "that there is none")


async def test_a_wrong_crc_is_told_with_what_it_should_be_and_what_to_do() -> None:
    """As a commissioning check tells it."""
    async with running(first="wire", size=(160, 50)) as it:
        await opened(it)
        values = {"account": "1008", "given": "BEEF", "computed": "A755"}
        record(it, what="noise", guess="dc09.crc-mismatch", bytes="x", size=1, peer="192.0.2.8:5000", values=values)
        await it.settle(lambda: ("noise", "192.0.2.8:5000") in whats(it), "noise")
        page_of(it).list.select(page_of(it).records.at(len(whats(it)) - 1).n)
        await it.settle(lambda: "the CRC in the frame is BEEF, its bytes give A755" in it.text(), "both sums")
        assert "check its protocol setting and firmware" in it.text()


async def test_bytes_of_another_protocol_are_told_with_the_setting_that_reads_them() -> None:
    """Where the record is told in full."""
    async with running(first="wire", size=(160, 50)) as it:
        await opened(it)
        values = {"likely": "surgard", "title": "Sur-Gard"}
        record(it, what="noise", guess="garbage", bytes="5011", size=1, peer="192.0.2.8:5000", values=values)
        await it.settle(lambda: ("noise", "192.0.2.8:5000") in whats(it), "noise")
        page_of(it).list.select(page_of(it).records.at(len(whats(it)) - 1).n)
        await it.settle(lambda: 'looks like Sur-Gard: set protocol = "surgard"' in it.text(), "the hint")
        assert "1 byte" in it.text()
        assert "1 bytes" not in it.text()


def test_a_peer_is_followed_over_its_ports() -> None:
    """Every connection comes from another one."""
    assert peer_host("10.0.0.5:4000") == "10.0.0.5"
    assert peer_host("[2001:db8::1]:4000") == "[2001:db8::1]"
    assert peer_host("/dev/ttyS0") == "/dev/ttyS0"
