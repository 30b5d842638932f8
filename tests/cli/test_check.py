"""``ptsn check`` as an installer uses it: a process, panels over real sockets, a verdict."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from protocols.catalogue import texts
from protocols.dc09.quirks import Quirks
from protocols.ends import LinkTest, OutcomeKind
from protocols.model import Edition, Qualifier
from tests.cli.check_support import Check, WirePanel, cid, ids, sia
from tests.support import frames
from tests.support.station import PATIENCE_S, ptsn, read_answers, talk, until

KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
TEST = LinkTest("1234")


def test_a_good_panel_conforms_and_nothing_is_left(tmp_path: Path) -> None:
    """Events in words as they come, the parts of a test that are missing, exit code 0, no folder."""
    with Check(tmp_path) as check:
        (folder,) = check.folders()
        assert folder.stat().st_mode & 0o777 == 0o700
        panel = WirePanel(check.port())
        panel.accepted(TEST, cid("130"), cid("130", Qualifier.RESTORE), cid("120"), cid("301"))
        check.shows("1234 Panic alarm partition 01, zone 015 -> ACK")
        check.shows("1234 Link test -> ACK")
        assert check.end() == 0, check.err
    assert check.folders() == []
    assert "CONFORMS SO FAR. Parts of a full test that came: 5 of 10. Everything that came follows" in check.said
    assert "Not tried yet: tamper, arming, disarming, mains restored, periodic test." in check.said
    report = check.report()
    assert (report["grade"], report["messages"]) == ("conforms", 5)
    (seen,) = report["panels"]
    assert seen["findings"] == []
    assert seen["connections"]["habit"] == "kept"
    assert seen["transports"] == ["tcp"]
    assert {each["code"] for each in seen["unrestored"]} == {"120", "301"}
    assert (seen["numbers"]["first"], seen["numbers"]["last"], seen["numbers"]["gaps"]) == (1, 4, 0)
    assert max(len(line) for line in check.out.partition("====")[2].splitlines()) <= 80


QUIRKS = {
    "2001": (Quirks(counts_cr=True), "dc09.crc.counts-the-cr"),
    "2002": (Quirks(trailer="\0"), "dc09.framing.nul-after-cr"),
    "2003": (Quirks(header_account=False), "dc09.header.account-missing"),
    "2004": (Quirks(sequence="zero"), "dc09.event.sequence-zero"),
    "2005": (Quirks(inner_account="bare"), "dc09.data.no-hash"),
    "2006": (Quirks(contact_id_type="18"), "contact-id.message-type"),
    "2007": (Quirks(stamp_zone="Asia/Almaty"), "dc09.time.skew"),
    "2008": (Quirks(crc="binary"), "dc09.crc.binary"),
}


def test_panels_with_quirks_work_and_are_told_what_is_off(tmp_path: Path) -> None:
    """In full with advice when it is seen first, then counted; exit code 0."""
    with Check(tmp_path) as check:
        for account, (quirks, _) in QUIRKS.items():
            panel = WirePanel(check.port(), account, quirks=quirks)
            for code in ("130", "131", "132"):
                panel.accepted(cid(code))
            panel.close()
        until(lambda: check.out.count("Interior") == len(QUIRKS), "all events")
        assert check.end() == 0, check.err
    live, _, report = check.out.partition("====")
    live = re.sub(r"\s+", " ", live)
    seen = {panel["account"]: panel for panel in check.report()["panels"]}
    for account, (_, id_) in QUIRKS.items():
        assert live.count(texts.finding(id_, "en")) == 1, id_
        assert f"{id_} (3)" in live
        assert id_ in report
        assert seen[account]["grade"] == "works", account
        (finding,) = [each for each in seen[account]["findings"] if each["id"] == id_]
        assert finding["count"] == 3
        assert check.report()["frames"][finding["frame"] - 1]["frame"].startswith("\n")
    advice = texts.text("advice", "contact-id.message-type", "en")
    assert live.count(advice) == 1
    assert advice in re.sub(r"\s+", " ", report)


def test_a_panel_with_a_binary_crc_is_named_as_of_2007(tmp_path: Path) -> None:
    """The edition that its form of the CRC belongs to."""
    with Check(tmp_path) as check:
        WirePanel(check.port(), quirks=Quirks(crc="binary")).accepted(cid("130"), TEST)
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert seen["crc"] == {"crc-binary": 2}
    assert seen["edition"]["most"] == 2007
    assert "two raw bytes" in check.said


def test_a_local_clock_is_recognised(tmp_path: Path) -> None:
    """Whole quarters of an hour off is a time zone, and its offset is told."""
    with Check(tmp_path) as check:
        WirePanel(check.port(), quirks=Quirks(stamp_zone="Asia/Almaty")).accepted(cid("130"), cid("131"), cid("132"))
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert seen["clock"]["zone_minutes"] == 300
    assert "GMT+05:00" in check.out


def test_an_encrypted_panel_with_its_key(tmp_path: Path) -> None:
    """The key is tried for every account; what is told of it are its length and form, never its digits."""
    with Check(tmp_path, "--key", "text:another key 1234", "--key", KEY.hex()) as check:
        panel = WirePanel(check.port(), "AB12", key=KEY, edition=Edition.E2026)
        panel.accepted(TEST, cid("130"))
        check.shows("(encrypted) -> ACK")
        assert check.end() == 0, check.out
    (seen,) = check.report()["panels"]
    assert seen["protection"]["keys"] == [{"number": 2, "bits": 128, "form": "hex", "as_given": True}]
    assert (seen["protection"]["opened"], seen["protection"]["clear"]) == (2, 0)
    assert 16 <= seen["protection"]["pad_bytes"][0] <= seen["protection"]["pad_bytes"][1] <= 31
    assert seen["edition"]["least"] == 2026
    for written in (check.out, check.json.read_text(), check.html.read_text()):
        for secret in (KEY.hex(), "another key"):
            assert secret not in written.lower()


def test_an_encrypted_panel_without_a_key_is_told_at_once(tmp_path: Path) -> None:
    """It gets no answer, as the standard has it; the check fails and says what to do."""
    with Check(tmp_path) as check:
        panel = WirePanel(check.port(), key=KEY, ack_timeout_s=1.0)
        (outcome,) = panel.send(cid("130"))
        assert outcome.kind is OutcomeKind.GAVE_UP
        check.shows("Encrypted, and no key was given: end the check and start it again with --key")
        assert check.end() == 1
    assert {reason["id"] for reason in check.report()["reasons"]} == {"no-key"}
    assert check.report()["grade"] == "not-judged"
    assert "Messages are encrypted, and no key was given: 1. Start the check again with --key." in check.said
    (seen,) = check.report()["panels"]
    assert [each["id"] for each in seen["findings"]] == ["dc09.cipher.no-key"]
    facts = check.said.partition("====")[2]
    assert facts.count("not known: messages that were not opened: 1") == 3
    for unfounded in ("no time stamps", "any: nothing of a later edition", "link tests none", "Not tried yet"):
        assert unfounded not in facts


def test_an_encrypted_panel_with_the_wrong_key(tmp_path: Path) -> None:
    """The same, in other words; when it is put right the report says that it was."""
    with Check(tmp_path, "--key", "FF" * 16) as check:
        WirePanel(check.port(), key=KEY, ack_timeout_s=1.0).send(cid("130"))
        check.shows("no key given opens it")
        WirePanel(check.port(), key=b"\xff" * 16).accepted(cid("130"))
        assert check.end() == 1
    assert "messages since then were in order: a new check may end better" in check.said


def test_a_key_taken_in_the_other_form_is_found_out(tmp_path: Path) -> None:
    """The commonest mistake: hex digits that the panel takes for characters."""
    digits = "00112233445566778899aabbccddeeff"
    with Check(tmp_path, "--key", digits) as check:
        WirePanel(check.port(), key=digits.upper().encode()).accepted(cid("130"))
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert seen["protection"]["keys"] == [{"number": 1, "bits": 256, "form": "text", "as_given": False}]
    assert "conduct.key-form" in ids(seen)


@pytest.mark.parametrize("corrects", [True, False], ids=["corrects", "ignores"])
def test_a_wrong_clock_is_set_by_the_nak_or_not(tmp_path: Path, corrects: bool) -> None:
    """A clock that is set by the NAK is as the standard has it; one that is not fails."""
    quirks = Quirks(on_nak="correct" if corrects else "ignore")
    with Check(tmp_path, "--key", KEY.hex()) as check:
        panel = WirePanel(
            check.port(),
            key=KEY,
            quirks=quirks,
            clock_offset_s=500.0,
            attempts=2,
            ack_timeout_s=30.0 if corrects else 1.0,
        )
        (outcome,) = panel.send(cid("130"))
        assert (outcome.kind is OutcomeKind.ACCEPTED) == corrects
        check.shows("-> NAK")
        assert check.end() == (0 if corrects else 1)
    (seen,) = check.report()["panels"]
    assert seen["grade"] == ("conforms" if corrects else "fails")
    assert seen["clock"]["corrected"] == int(corrects)
    assert ("conduct.clock-corrected" if corrects else "conduct.clock-not-corrected") in ids(seen)
    assert seen["retries"]["after_nak"] == 1


def test_a_panel_that_repeats_what_was_acknowledged(tmp_path: Path) -> None:
    """Told, counted, measured; and raised once only."""
    frame = frames.cid(sequence=7)
    with Check(tmp_path) as check, socket.create_connection(("127.0.0.1", check.port())) as panel:
        for _ in range(3):
            assert frames.token_of(talk(panel, frame)) == "ACK"
        check.shows("conduct.repeats-acknowledged")
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert (seen["retries"]["count"], seen["retries"]["acknowledged"], seen["events"]) == (2, 2, 1)
    assert seen["answers"] == {"ACK": 3}


def test_what_is_not_understood_fails(tmp_path: Path) -> None:
    """It may have been an alarm."""
    with Check(tmp_path) as check, socket.create_connection(("127.0.0.1", check.port())) as panel:
        body = b'"SIA-DCS"0001L0#1234[#1234|something of the maker\'s own]'
        talk(panel, frames.frame(body))
        talk(panel, frames.frame(b'"ACR-SF"0002L0#1234[#1234|1234]'))
        check.shows("Not understood (ACR-SF) -> DUH")
        assert check.end() == 1
    assert "unread" in {reason["id"] for reason in check.report()["reasons"]}


def test_a_browser_is_told_from_a_panel(tmp_path: Path) -> None:
    """Noise with what it probably is; as nothing else came, the check fails."""
    with Check(tmp_path) as check:
        with socket.create_connection(("127.0.0.1", check.port())) as browser:
            browser.sendall(b"GET /<script>alert(1)</script> HTTP/1.1\r\nHost: x\r\n\r\n")
            browser.shutdown(socket.SHUT_WR)
            check.shows("Not a message: An HTTP request")
        assert check.end() == 1
    assert "No message came" in check.said
    assert [each["guess"] for each in check.report()["noise"]] == ["http"]
    assert "&lt;script&gt;" in check.html.read_text()
    assert "<script" not in check.html.read_text()


def test_a_browser_beside_a_panel_does_not_fail_the_panel(tmp_path: Path) -> None:
    """It is no panel."""
    with Check(tmp_path) as check:
        with socket.create_connection(("127.0.0.1", check.port())) as browser:
            browser.sendall(b"GET / HTTP/1.1\r\n\r\n")
            browser.shutdown(socket.SHUT_WR)
            check.shows("HTTP request")
        WirePanel(check.port()).accepted(TEST)
        assert check.end() == 0


def test_a_damaged_frame_fails(tmp_path: Path) -> None:
    """A CRC that does not fit is never answered, and is the panel's."""
    good = frames.cid()
    with Check(tmp_path) as check, socket.create_connection(("127.0.0.1", check.port())) as panel:
        talk(panel, good)
        panel.sendall(good.replace(b"1130", b"1131"))
        check.shows("conduct.damaged")
        assert check.end() == 1
    (seen,) = check.report()["panels"]
    assert [reason["id"] for reason in seen["reasons"]] == ["damaged"]


def test_nothing_at_all_says_what_to_check(tmp_path: Path) -> None:
    """Address, port, transport, and that it listens for this machine only."""
    with Check(tmp_path, "--for", "1s") as check:
        assert check.wait() == 1
    assert "NOT JUDGED. No message came." in check.said
    assert "What to check" in check.out
    assert "The station listens for programs of this machine only: ptsn check tcp:0.0.0.0:" in check.said
    assert check.report()["panels"] == []


def test_a_panel_over_udp(tmp_path: Path) -> None:
    """One datagram a message; the answer comes back the same way."""
    with Check(tmp_path) as check:
        panel = WirePanel(check.port("UDP"), udp=True)
        panel.accepted(TEST, cid("130"))
        panel.close()
        check.shows("Burglary")
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert seen["transports"] == ["udp"]
    assert seen["connections"]["habit"] == ""


def test_a_connection_for_each_message_is_no_fault(tmp_path: Path) -> None:
    """It is a habit, and named."""
    with Check(tmp_path) as check:
        panel = WirePanel(check.port(), keep=False)
        for code in ("130", "131", "132"):
            panel.accepted(cid(code))
        check.shows("Interior")
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert seen["connections"]["habit"] == "per-message"
    assert check.report()["grade"] == "conforms"


def test_connections_without_a_message(tmp_path: Path) -> None:
    """A panel that connects again and again, saying nothing."""
    with Check(tmp_path) as check:
        panel = WirePanel(check.port())
        panel.accepted(TEST)
        for _ in range(3):
            socket.create_connection(("127.0.0.1", check.port())).close()
        check.shows("conduct.empty-connections")
        assert check.end() == 0
    (seen,) = check.report()["panels"]
    assert seen["connections"]["empty"] == 3


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Type into the panel:", "Burglary", "WORKS", "Departures", "deviation"]),
        ("ru", ["Введите в прибор:", "Проникновение", "РАБОТАЕТ", "Отступления", "отступление"]),
        ("kk", ["Құрылғыға енгізіңіз:", "Басып кіру", "ЖҰМЫС ІСТЕЙДІ", "Ауытқулар", "ауытқу"]),
    ],
    ids=["en", "ru", "kk"],
)
def test_it_speaks_three_languages(tmp_path: Path, language: str, words: list[str]) -> None:
    """Live, in the report and on the page; no id stands where a word should."""
    with Check(tmp_path, "--lang", language) as check:
        WirePanel(check.port(), quirks=Quirks(counts_cr=True)).accepted(cid("130"))
        until(lambda: words[1] in check.out, "the event")
        assert check.end() == 0
    page = check.html.read_text()
    for word in words:
        assert word in check.out, word
        if word != words[0]:
            assert word in page, word
    assert "check." not in check.out + page
    assert f'<html lang="{language}">' in page


# Its start and its end


def test_a_port_that_is_taken_is_told_with_what_to_do(tmp_path: Path) -> None:
    """Exit code 2, at once, and nothing left."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        check = Check(tmp_path, addresses=[f"tcp:127.0.0.1:{port}"])
        assert check.wait() == 2
    assert f"cannot listen on tcp:127.0.0.1:{port}: the address is in use by another program" in check.err
    assert f"ptsn check tcp:127.0.0.1:{port + 1}" in check.err
    assert check.folders() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tcp:nowhere:5000"], "'nowhere' is not an IP address"),
        (["tcp:127.0.0.1:22x"], "the port is '22x', allowed: 0 to 65535"),
        (["serial:ttyS0"], "'ttyS0' is not the path of a device"),
        (["--connect", "udp:192.0.2.7:5000"], "allowed: tcp, serial"),
        (["--protocol", "morse"], "protocol 'morse' is not known; there are: dc09"),
        (["--edge", "texecom"], "--protocol NAME"),
        (["--protocol", "sia", "--edge", "morse"], "'morse' is not known, allowed: galaxy"),
        (["--protocol", "surgard", "udp:5000"], "surgard does not come over udp"),
        (["--protocol", "dc09", "serial:/dev/ttyS0"], "dc09 does not come over serial"),
        (["serial:/dev/no-such-port"], "there is no such device"),
        (["--key", "12345"], "the key is not hex digits"),
        (["--html", "/no/such/folder/x.html"], "there is no folder"),
        (["--for", "soon"], "is not a duration"),
        (["tcp:127.0.0.1:5000", "tcp:0.0.0.0:5000"], "0.0.0.0"),
    ],
)
def test_wrong_use_is_told_before_anything_is_opened(arguments: list[str], words: str) -> None:
    """Exit code 2."""
    done = ptsn("check", *arguments, check=False)
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_reports_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a stop, a closed terminal: the files are written in each case."""
    with Check(tmp_path) as check:
        WirePanel(check.port()).accepted(TEST)
        check.shows("Link test")
        assert check.end(number) == 0
    assert check.folders() == []
    assert check.report()["messages"] == 1
    assert check.html.exists()


def test_a_message_is_answered_while_the_check_ends(tmp_path: Path) -> None:
    """What was taken is stored and answered before the verdict."""
    with Check(tmp_path) as check, socket.create_connection(("127.0.0.1", check.port())) as panel:
        panel.settimeout(PATIENCE_S)
        panel.sendall(b"".join(frames.cid(sequence=number) for number in range(1, 11)))
        first = read_answers(panel, 1)
        assert check.end() == 0
        answers = frames.answers(first + read_answers(panel, 10 - first.count(b"\r")))
    assert [frames.sequence_of(each) for each in answers] == list(range(1, len(answers) + 1))
    assert check.report()["panels"][0]["answers"]["ACK"] == len(answers)


def test_a_second_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    """Also where nobody reads its output any more: exit code 130, and nothing left."""
    check = Check(tmp_path, stdout=subprocess.PIPE)
    assert check.process.stdout is not None
    heading = b""
    while b"UDP" not in heading:
        heading += os.read(check.process.stdout.fileno(), 4096)
    match = re.search(rb"(\d+) \(TCP", heading)
    assert match
    with socket.create_connection(("127.0.0.1", int(match[1]))) as panel:
        for number in range(150):
            talk(panel, frames.cid(account=f"{number:04X}"))
    check.process.send_signal(signal.SIGINT)
    until(check.html.exists, "the report")
    assert check.process.poll() is None
    check.process.send_signal(signal.SIGINT)
    assert check.wait() == 130
    check.process.stdout.close()
    assert check.folders() == []


def test_what_it_acknowledges_is_on_disk(tmp_path: Path) -> None:
    """It is a station like any other while it runs: its journal can be read beside it."""
    with Check(tmp_path) as check:
        WirePanel(check.port()).accepted(cid("130"))
        (folder,) = check.folders()
        done = ptsn("journal", "export", "-c", folder / "station.toml")
        assert [entry["code"] for entry in map(json.loads, done.stdout.splitlines()) if entry["kind"] == "signal"] == [
            "130"
        ]


def test_a_panels_text_is_text_on_the_page(tmp_path: Path) -> None:
    """Parsed, the page has no script and no attribute of a panel's making; on the terminal no escape."""
    from html.parser import HTMLParser

    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    with (
        Check(tmp_path, "--title", "School <b>1</b>") as check,
        socket.create_connection(("127.0.0.1", check.port())) as panel,
    ):
        talk(panel, frames.sia(f"Nri1/BA015^{evil}\x1b[2J\u202e^".encode().decode("latin-1").replace("/", "/")))
        talk(panel, frames.frame(b'"SIA-DCS"0002L0#1234[#1234|Nri1/BA016^' + evil.encode().replace(b"/", b"") + b"^]"))
        until(lambda: check.out.count("-> ") >= 2, "both messages")
        check.end()
    tags: set[str] = set()
    attributes: set[str] = set()
    said: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            attributes.update(name for name, _ in attrs)

        def handle_data(self, data: str) -> None:
            said.append(data)

    page = check.html.read_text()
    Reader(convert_charrefs=True).feed(page)
    assert not tags & {"script", "img", "b", "link", "iframe", "object", "base"}
    assert attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}
    assert "url(" not in page
    assert "@import" not in page
    assert any("<script>alert" in text for text in said)
    assert "School <b>1</b>" in said
    assert "\x1b" not in check.out + page
    assert "\u202e" not in check.out + page


def test_a_new_key_on_the_wire_is_shown_nowhere(tmp_path: Path) -> None:
    """Extended data K, in a message and in bytes that are none."""
    secret = "A1B2C3D4E5F60718293A4B5C6D7E8F90"
    with Check(tmp_path) as check, socket.create_connection(("127.0.0.1", check.port())) as panel:
        talk(panel, frames.cid(extended=f"[K{secret}]".encode()))
        broken = frames.cid(sequence=2, extended=f"[K{secret}]".encode()).replace(b"1130", b"1131")
        panel.sendall(broken)
        check.shows("dc09.crc-mismatch")
        check.end()
    for written in (check.out, check.json.read_text(), check.html.read_text()):
        assert secret not in written
        assert secret[4:] not in written


def test_without_an_address_it_listens_for_this_machine_and_says_how_to_let_panels_in() -> None:
    """Loopback is the default everywhere; a panel in the network is let in by whoever says so."""
    from ptsn.checking.where import DEFAULT, is_loopback, read_addresses

    assert read_addresses((), also_udp=False) == DEFAULT
    assert all(is_loopback(listen) for listen in DEFAULT)
    assert {(listen.transport, listen.port) for listen in DEFAULT} == {("tcp", 5000), ("udp", 5000)}


def test_panels_of_one_number_are_told_apart(tmp_path: Path) -> None:
    """By receiver and prefix, in the headings too."""
    with Check(tmp_path) as check, socket.create_connection(("127.0.0.1", check.port())) as panel:
        talk(panel, frames.cid(header="L1"))
        talk(panel, frames.cid(header="R2L0"))
        check.end()
    assert "Panel L1 #1234" in check.out
    assert "Panel R2 L0 #1234" in check.out


def test_sia_texts_come_in_words(tmp_path: Path) -> None:
    """With the panel's own text beside them."""
    with Check(tmp_path) as check:
        WirePanel(check.port()).accepted(sia("BA", text="Main entrance"))
        check.shows('"Main entrance"')
        check.end()
