"""Brands as data: every profile is whole, says where its facts are from, and mistakes in one are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import asdict

from panels import profiles
from panels.brand import UNPROVEN, ProfileError
from panels.happenings import HAPPENINGS, STANDARD, ZONE_KINDS
from protocols.dc09.quirks import STRICT
from protocols.model import Edition, Scheme
from tests.panels.lines import LINE_PROFILES

PLACES = ("manual", "openGalaxy", "SIA-Server", "Texecom-ARC")
OF_DC09 = {
    *("ajax", "hikvision-ax", "jablotron", "pyronix", "satel", "eldes", "trikdis", "dahua", "prosec", "opax", "sigma"),
    *("chinese-gsm", "strict-2007", "strict-2013", "strict-2017", "strict-2021", "strict-2026"),
}
WANTED = {*OF_DC09, *LINE_PROFILES, "radio-two-way", "radio-one-way"}
LEAST = """
[identity]
maker = "M"
model = "1"
what = "panel"
source = "unproven"

[coding]
scheme = "sia"
"""


def test_the_profiles_are_those_promised() -> None:
    """No more and no fewer."""
    assert set(profiles.names()) == WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
def test_every_fact_of_a_profile_has_a_source(name: str) -> None:
    """A public place, or the word that nobody has shown it."""
    profile = profiles.load(name)
    sections = (profile.identity, profile.account, profile.edition, profile.transport, profile.timings, profile.coding)
    sources = [section.source for section in sections]
    sources += [switch.source for switch in profile.switches.values()]
    sources += profile.own_codes.values()
    for source in sources:
        named = (
            "issue",
            "pull request",
            "captured frames",
            "sia-dc-09-library",
            "SIA DC-09",
            "docs/radio-protocol.md",
            *PLACES,
        )
        assert source.startswith(UNPROVEN) or any(word in source for word in named), source


@pytest.mark.parametrize("name", sorted(OF_DC09))
def test_no_switch_of_a_profile_says_what_is_the_default(name: str) -> None:
    """And in the clear and encrypted together each of them holds somewhere."""
    profile = profiles.load(name)
    standard = asdict(STRICT)
    for switch in profile.switches:
        assert {getattr(profile.clear, switch), getattr(profile.encrypted, switch)} != {standard[switch]}


@pytest.mark.parametrize("year", [edition.value for edition in Edition])
def test_the_strict_profiles_switch_nothing(year: int) -> None:
    """One for every edition."""
    profile = profiles.load(f"strict-{year}")
    assert (profile.clear, profile.encrypted, profile.edition.value) == (STRICT, STRICT, Edition(year))
    assert profile.codes == STANDARD[profile.coding.scheme]


def test_every_zone_kind_has_a_code_in_both_schemes() -> None:
    """And so has everything else that can happen, but for outputs, which Contact ID does not know."""
    assert {kind.happening for kind in ZONE_KINDS.values()} <= HAPPENINGS
    assert set(STANDARD[Scheme.CONTACT_ID]) == HAPPENINGS - {"output"}


def test_a_profile_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    """With the site and the codes of the standard where it names none."""
    path = tmp_path / "mine.toml"
    path.write_text(LEAST + '[account]\nprefix = "left-out"\nreceiver = "account"\n')
    profile = profiles.load(str(path))
    assert profile.name == "mine"
    assert (profile.prefix_of("1234"), profile.receiver_of("1234"), profile.inner_of("1234")) == (None, "1234", "1234")
    assert profile.codes == STANDARD[Scheme.SIA]
    assert len(profile.zones) == 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[identity", "not TOML"),
        ("[colour]\nx = 1\n", "unknown section 'colour'"),
        ("[identity]\n", "identity: Object missing required field `maker`"),
        (LEAST + "colour = 1\n", "coding: Object contains unknown field `colour`"),
        (LEAST.replace("unproven", ""), "identity.source: Expected `str` of length >= 8"),
        (LEAST.replace("sia", "other"), "coding.scheme: 'other'"),
        (LEAST + '[quirks.crx]\nvalue = 1\nsource = "unproven"\n', "quirks.crx: no such switch"),
        (LEAST + '[quirks.crc]\nvalue = "both"\nsource = "unproven"\n', "quirks.crc: 'both' is not allowed"),
        (LEAST + '[quirks.crc]\nvalue = "binary"\n', "quirks.crc: Object missing required field `source`"),
        (LEAST + '[quirks.crc]\nvalue = "ascii"\nsource = "unproven"\n', "quirks.crc: 'ascii' is what the standard"),
        (LEAST + '[quirks]\ncrc = "binary"\n', "quirks.crc: Expected `object`"),
        (LEAST + '[quirks.window]\nvalue = 0\nsource = "unproven"\n', "quirks.window"),
        (LEAST + '[codes.flood]\nbegins = "WA"\nsource = "unproven"\n', "codes.flood: no such happening"),
        (LEAST + '[codes.water]\nbegins = "154"\nsource = "unproven"\n', "codes.water: '154' is no code of sia"),
        (LEAST + '[codes.water]\nbegins = "WA"\n', "codes.water: the source is missing"),
        (LEAST + "[[zone]]\nnumber = 1000\n", "zone[0].number"),
        (LEAST + "[account]\ndigits = [5, 4]\n", "account.digits: 5 to 4"),
        (
            LEAST + '[[zone]]\nnumber = 1\npartition = 9\nkind = "fire"\nname = {en = "a", ru = "b", kk = "c"}\n',
            "zone 1: there is no partition 9",
        ),
        (
            LEAST + '[[zone]]\nnumber = 1\npartition = 1\nkind = "flood"\nname = {en = "a", ru = "b", kk = "c"}\n',
            "zone 1: kind 'flood'",
        ),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    """One line for a person."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ProfileError) as caught:
        profiles.load(str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_profile_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    """By name, and by file."""
    with pytest.raises(ProfileError, match="strict-2013"):
        profiles.load("acme")
    with pytest.raises(ProfileError, match="No such file"):
        profiles.load(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("name", "account", "good"),
    [("eldes", "4f39", True), ("eldes", "12345", False), ("ajax", "xyz", False), ("sigma", "008312", True)],
)
def test_an_account_that_such_a_panel_cannot_have_is_refused(name: str, account: str, good: bool) -> None:
    """Digits by the form of the brand, in capitals."""
    profile = profiles.load(name)
    if good:
        assert profile.checked_account(account) == account.upper()
    else:
        with pytest.raises(ProfileError, match="hex digits"):
            profile.checked_account(account)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('[quirks.crc]\nvalue = "binry"', "quirks.crc: 'binry' is not allowed; there are ascii, binary"),
        ("[edition]\nvalue = 2020", "edition.value: 2020 is not allowed; there are 2007, 2013, 2017, 2021, 2026"),
        ('[transport]\nvalue = "tpc"', "transport.value: 'tpc' is not allowed; there are tcp, udp, serial"),
    ],
)
def test_a_wrong_value_is_answered_with_those_that_are_allowed(section: str, said: str) -> None:
    """So that nobody has to guess."""
    text = (
        '[identity]\nmaker = "Example"\nmodel = "EX-1"\nwhat = "alarm panel"\nsource = "unproven"\n'
        f'[coding]\nscheme = "sia"\nsource = "unproven"\n{section}\nsource = "unproven"\n'
    )
    with pytest.raises(ProfileError) as caught:
        profiles.read(text, "mine", "mine.toml")
    assert str(caught.value) == f"mine.toml: {said}"
