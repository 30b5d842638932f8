"""Every profile of a line protocol against the real receiving end: understood, and only its own departures found."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from panels import profiles
from panels.brand import Profile, ProfileError
from panels.signals import contact_id, other
from protocols.ends import LinkTest, OutcomeKind
from protocols.lines.sending import UnsendableError
from protocols.model import ArrivalKind, Scheme, Signal
from tests.panels.everything import account_for, everything
from tests.panels.lines import LINE_PROFILES, WALL, Talk

WANTED = {
    *("galaxy", "galaxy-level4", "texecom", "dsc-sia", "cooper", "surgard-mlr2", "surgard-mlr2000", "ajax-translator"),
    *("ebs-osm", "hik-ip-receiver", "pima-2char", "ipro-text-ack", "ademco685-strict", "visoralarm685", "d6600-sia"),
    *("d6500", "mx8000", "oh-poll"),
}
FOUND = {
    "cooper": {"sia.modifier.after-event"},
    "dsc-sia": {"sia.separator.missing"},
    "d6500": {"d6500.contact-id.letter"},
    "ipro-text-ack": {"surgard.account.width"},
    "pima-2char": {"surgard.basic.two-characters"},
}
"""What the station finds about each; nothing about the others."""
NO_EVENTS = {"oh-poll"}
OWN_EVENTS = {"mx8000"}
"""They report themselves, as account 0000."""


def account_of(name: str) -> str:
    """One that it can have."""
    return "0000" if name in OWN_EVENTS else account_for(profiles.load(name))


def events_of(name: str) -> list[Signal]:
    """Everything that it can say."""
    account = account_of(name)
    return [replace(each, account=account) for each in everything(profiles.load(name), WALL)]


def test_the_profiles_are_those_promised() -> None:
    """No more and no fewer."""
    assert set(LINE_PROFILES) == WANTED


def squeezed(text: str) -> str:
    """A text as a station keeps it: without the blanks that fill a column."""
    return re.sub(r" +", " ", text)


def bare(number: str) -> str:
    """A number without the zeros in front: how many there are is the protocol's."""
    return number.lstrip("0")


@pytest.mark.parametrize("name", LINE_PROFILES)
def test_everything_a_profile_says_is_understood(name: str) -> None:
    """The right event with all its parts, just the findings that are its own, and an answer that it takes."""
    profile = profiles.load(name)
    talk = Talk(profile, account_of(name))
    findings: set[str] = set()
    events = events_of(name)
    assert bool(events) is (name not in NO_EVENTS)
    for event in events:
        outcome = talk.say(event)
        assert outcome.kind is OutcomeKind.ACCEPTED, (event, outcome)
        findings |= talk.findings
        assert {arrival.kind for arrival in talk.arrivals} <= {ArrivalKind.EVENT, ArrivalKind.AMENDMENT}, talk.heard
        heard = talk.arrivals[-1].signals[-1]
        assert (heard.account, heard.scheme, heard.code) == (event.account, event.scheme, event.code)
        assert heard.qualifier is event.qualifier or profile.coding.scheme is Scheme.SIA
        assert [bare(part) for part in (heard.partition, heard.number, heard.user)] == [
            bare(part) for part in (event.partition, event.number, event.user)
        ]
        if name not in OWN_EVENTS:
            assert heard.text == squeezed(event.text)
    assert findings == FOUND.get(name, set())


@pytest.mark.parametrize("name", LINE_PROFILES)
def test_a_link_test_shows_that_the_path_lives(name: str) -> None:
    """A heartbeat, a poll, or where there is neither a test report."""
    talk = Talk(profiles.load(name), account_of(name))
    assert talk.say(LinkTest(account_of(name))).kind is OutcomeKind.ACCEPTED
    (arrival,) = talk.arrivals
    if arrival.kind is not ArrivalKind.LINK_TEST:
        assert [signal.code for signal in arrival.signals] == ["RP"]


@pytest.mark.parametrize(
    ("name", "account", "event", "frame"),
    [
        # Live captures and the manuals' own examples (automation_lines.md A.1, A.2; contact_id_and_sia.md 5).
        ("ebs-osm", "7037", "E130 01 004", b"5011 187037E13001004\x14"),
        ("hik-ip-receiver", "7037", "R301 00 000", b"501001 187037R30100000\x14"),
        ("surgard-mlr2", "1234", "E121 01 001", b"5011 181234E12101001\x14"),
        ("surgard-mlr2000", "1234", "E130 01 015", b"501001 181234E13001015\x14"),
        ("pima-2char", "7002", "TH", b"1061      7002    TH\x14"),
        ("ademco685-strict", "1234", "E130 01 015", b"\n01 1234 18 E130 01 C015\r"),
    ],
)
def test_published_lines_come_out_byte_for_byte(name: str, account: str, event: str, frame: bytes) -> None:
    """As they were captured or printed."""
    profile = profiles.load(name)
    match = re.fullmatch(r"([ER])(\d{3}) (\d\d) (\d{3})", event)
    if match is None:
        signal = other(account, event)
    else:
        qualifier = "new" if match[1] == "E" else "restore"
        signal = contact_id(account, match[2], qualifier, partition=match[3], number=match[4])
    talk = Talk(profile, account)
    assert talk.say(signal).kind is OutcomeKind.ACCEPTED
    assert b"".join(talk.sent) == frame


def test_a_galaxy_says_names_in_a_block_of_their_own() -> None:
    """At the columns of the captured block: sign and event, then the place."""
    talk = Talk(profiles.load("galaxy"), account_of("galaxy"))
    texts = []
    for event in events_of("galaxy"):
        if event.code in ("BA", "BH") and event.number == "1002":
            talk.say(event)
            texts += [block[1:-1] for block in talk.sent if block[1:2] == b"A"]
    assert texts == [b"A+BURGLARY ALARM Ground floor corridor", b"A-BURGLARY ALARM Ground floor corridor"]


def test_names_in_russian_need_a_code_page_that_has_them() -> None:
    """With cp866 they leave as they are; Galaxy's own has no such letters."""
    events = everything(profiles.load("galaxy"), WALL, "ru")
    event = next(each for each in events if each.code == "BA")
    profile = profiles.load("galaxy")
    cyrillic = replace(profile, coding=replace(profile.coding, encoding="cp866"))
    talk = Talk(cyrillic, event.account)
    talk.say(event)
    assert any("Главный вход".encode("cp866") in block for block in talk.sent)


LEAST = """
protocol = "surgard"

[identity]
maker = "M"
model = "1"
what = "receiver"
source = "unproven"

[coding]
scheme = "contact-id"
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST.replace("surgard", "sugard"), "protocol: there is no 'sugard'; there are dc09, sia"),
        (LEAST + "[edition]\nvalue = 2013\n", "edition: only dc09 has editions"),
        (LEAST + '[quirks.crc]\nvalue = "binary"\nsource = "unproven"\n', "quirks.crc: no such switch; there are term"),
        (LEAST + '[quirks.copies]\nvalue = 99\nsource = "unproven"\n', "copies 99: give 1 to 6"),
        (LEAST + '[quirks.copies]\nvalue = 2\nwhen = "clear"\nsource = "unproven"\n', "quirks.copies: when: only dc09"),
        (LEAST + '[account]\nline = "1234"\n', "line number '1234'"),
        (LEAST + "zone_offset = 1000\n", "coding.zone_offset: only zones of sia"),
        (LEAST + 'only = ["flood"]\n', "coding.only: 'flood' has no code; there are arming"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(text: str, said: str) -> None:
    """And with what is allowed."""
    with pytest.raises(ProfileError, match=re.escape(said)) as caught:
        profiles.read(text, "mine", "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")


@pytest.mark.parametrize("name", LINE_PROFILES)
def test_no_switch_is_dead(name: str) -> None:
    """Left out, it changes what goes over the wire."""
    profile = profiles.load(name)
    account = account_of(name)
    for switch in profile.departures:
        if switch in CONDUCT:
            continue
        without = {each: value for each, value in profile.departures.items() if each != switch}
        lesser = replace(profile, departures=without)
        assert frames(profile, account) != frames(lesser, account), switch


CONDUCT = {"level"}
"""Galaxy's fourth level changes what a receiver may ask of it, and no event."""


def frames(profile: Profile, account: str) -> list[bytes]:
    """What it sends for a link test and its first events."""
    talk = Talk(profile, account)
    found = []
    for message in (LinkTest(account), *everything(profile, WALL)[:3]):
        try:
            talk.say(message if isinstance(message, LinkTest) else replace(message, account=account))
        except UnsendableError as error:
            talk.sent = [str(error).encode()]
        found += talk.sent
    return found
