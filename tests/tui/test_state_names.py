"""What accounts and zones are called."""

from __future__ import annotations

from tui.state.names import ZONES_MAX, Names, Site, site_of

ROWS = [
    {"account_key": "1", "account": "1", "name": "School", "name_ru": "Школа", "address": "Sample st. 1", "phone": "5"},
    {"account_key": "2", "account": "2", "name": "", "name_kk": "Мектеп"},
    {"account_key": "3", "account": "3"},
]


def sites(rows: list[dict[str, str]], language: str) -> dict[str, Site]:
    """As the console makes them of what the station lists."""
    return {row["account_key"]: site_of(row, language) for row in rows}


def test_a_name_comes_in_the_language_or_in_any() -> None:
    """A missing translation is no missing name."""
    names = Names()
    names.set_sites(sites(ROWS, "ru"), "ru")
    assert [names.site(key) for key in "1234"] == ["Школа", "Мектеп", "", ""]
    assert (names.address("1"), names.phone("1"), names.address("9")) == ("Sample st. 1", "5", "")
    names.set_sites(sites(ROWS, "en"), "en")
    assert names.site("1") == "School"


def test_lines_may_be_kept_while_nothing_is_called_otherwise() -> None:
    """The version rises only when a name changed."""
    names = Names()
    names.set_sites(sites(ROWS, "en"), "en")
    before = names.version
    assert not names.set_sites(sites(ROWS, "en"), "en")
    assert names.version == before
    assert names.set_sites(sites(ROWS[:1], "en"), "en")
    assert names.version > before


def test_zones_are_asked_for_when_a_line_wants_them() -> None:
    """Once; leading zeros do not count; nobody asks for accounts that nobody entered."""
    names = Names()
    names.set_sites(sites(ROWS, "kk"), "kk")
    assert names.zone("1", "015") == ""
    assert names.zone("?L0#9", "1") == ""
    assert names.take_wanted() == {"1"}
    names.set_zones("1", [{"number": "15", "name": "Corridor", "name_kk": "Дәліз"}, {"number": "02", "name": "Hall"}])
    assert [names.zone("1", number) for number in ("015", "2", "9")] == ["Дәліз", "Hall", ""]
    assert names.take_wanted() == set()


def test_old_zone_names_stand_until_the_new_ones_are_there() -> None:
    """And are asked for again where they are shown."""
    names = Names()
    names.set_sites(sites(ROWS, "en"), "en")
    names.set_zones("1", [{"number": "1", "name": "Hall"}])
    before = names.version
    names.renew_zones()
    assert names.version > before
    assert names.zone("1", "1") == "Hall"
    assert names.take_wanted() == {"1"}
    names.set_zones("1", [{"number": "1", "name": "Gym"}])
    assert names.zone("1", "1") == "Gym"
    assert names.take_wanted() == set()


def test_zones_of_so_many_accounts_are_held() -> None:
    """Those that came first go first."""
    names = Names()
    for number in range(ZONES_MAX + 1):
        names.set_zones(str(number), [{"number": "1", "name": "x"}])
    assert names.zone("0", "1") == ""
    assert names.zone(str(ZONES_MAX), "1") == "x"
