"""The sample district: complete, fictitious, and known to the station by its accounts list."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from panels.district import COLUMNS, DistrictError, accounts_csv, load, read, zones_csv
from protocols.model import Scheme


def data() -> dict[str, Any]:
    """The file as it is."""
    return tomllib.loads(resources.files("fixtures").joinpath("district.toml").read_text(encoding="utf-8"))


def test_the_district_has_two_dozen_schools_of_every_sort() -> None:
    """Both schemes, in the clear and encrypted, with kept and with single connections."""
    sites = load().sites
    assert len(sites) == 24
    assert {site.scheme for site in sites} == {Scheme.CONTACT_ID, Scheme.SIA}
    for scheme in (Scheme.CONTACT_ID, Scheme.SIA):
        assert {bool(site.key) for site in sites if site.scheme is scheme} == {True, False}
    assert {site.persistent for site in sites} == {True, False}
    assert {len(site.key) for site in sites if site.key} == {16, 32}


@pytest.mark.parametrize("count", [1, 24, 25, 1000])
def test_any_number_of_schools_can_be_made(count: int) -> None:
    """Accounts stay unique, keys too, and the first ones are those of the file."""
    sites = load(count).sites
    assert len({site.account for site in sites}) == count
    keys = [site.key for site in sites if site.key]
    assert len(set(keys)) == len(keys)
    assert sites[: min(count, 24)] == load().sites[: min(count, 24)]


def test_no_telephone_number_could_be_somebodys() -> None:
    """There is no code +7 000."""
    assert all(re.fullmatch(r"\+7 000 000 \d\d \d\d", site.phone) for site in load(300).sites)


def test_every_name_says_that_it_is_made_up() -> None:
    """The district, and with it every address, calls itself a sample in each language."""
    district = load()
    for site in district.sites:
        assert site.address.en.startswith("Sample district")
        assert site.address.ru.startswith("Образцовый район")
        assert site.address.kk.startswith("Үлгі ауданы")
        assert site.name.en.startswith("Sample")
        assert str(site.number) in site.name.ru
        assert "үлгі" in site.name.kk


def test_a_school_has_the_usual_zones() -> None:
    """Three panic buttons (guard post, duty teacher, director), smoke detectors and rooms."""
    district = load()
    kinds = [zone.kind for zone in district.zones]
    assert kinds.count("panic") == 3
    assert {"room", "smoke"} <= set(kinds)
    assert {zone.partition for zone in district.zones} == {partition.number for partition in district.partitions}
    assert len({zone.number for zone in district.zones}) == len(district.zones)


def test_the_accounts_list_names_every_panel_with_its_key() -> None:
    """What the station imports fits what the panels send."""
    district = load(30)
    rows = list(csv.DictReader(io.StringIO(accounts_csv(district))))
    assert len(rows) == 30
    for row, site in zip(rows, district.sites, strict=True):
        assert tuple(row) == COLUMNS
        assert (row["account"], row["prefix"]) == (site.account, "0")
        assert (row["name"], row["name_ru"], row["name_kk"]) == (site.name.en, site.name.ru, site.name.kk)
        assert bytes.fromhex(row["key"]) == (site.key or b"")
        assert row["encryption"] == ("required" if site.key else "")


def test_a_site_shows_no_key() -> None:
    """Not even the keys of a demonstration are printed."""
    district = load()
    assert all(site.key.hex() not in repr(district).lower() for site in district.sites if site.key)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda file: file["school"][3].update(kind="palace"), "palace"),
        (lambda file: file["school"][3].update(key="xyz"), "school 4"),
        (lambda file: file["school"][3].update(colour="red"), "colour"),
        (lambda file: file.pop("zone"), "zone"),
        (lambda file: file["opening"][0].update(incident="flood"), "flood"),
    ],
)
def test_a_wrong_file_is_answered_with_what_is_wrong(change: Any, named: str) -> None:
    """The text names the place."""
    file = data()
    change(file)
    with pytest.raises(DistrictError, match=named):
        read(file)


def test_a_district_without_schools_is_refused() -> None:
    """Nobody could send anything."""
    with pytest.raises(DistrictError, match="at least 1"):
        load(0)


def test_the_zone_list_names_every_zone_of_every_school() -> None:
    """In three languages, under the accounts of the accounts list."""
    district = load(3)
    rows = list(csv.DictReader(io.StringIO(zones_csv(district))))
    assert {(row["account"], row["prefix"]) for row in rows} == {("7001", "0"), ("7002", "0"), ("7003", "0")}
    assert len(rows) == 3 * len(district.zones)
    assert all(row["name"] and row["name_ru"] and row["name_kk"] for row in rows)


def test_every_incident_is_called_something_in_three_languages() -> None:
    """The catalogue's words; the most urgent incidents come first."""
    incidents = load().incidents
    assert [incident.id for incident in incidents][:2] == ["panic", "fire"]
    assert incidents[1].title.ru == "Пожар"
    assert len({incident.id for incident in incidents}) == len(incidents)


def test_two_schools_have_bad_lines_and_are_watched_more_closely() -> None:
    """However many there are; the accounts list says so."""
    district = load(100)
    weak = [site.account for site in district.sites if site.weak]
    assert len(weak) == 2
    rows = csv.DictReader(io.StringIO(accounts_csv(district)))
    assert [row["account"] for row in rows if row["supervision_s"] == str(district.weak.supervision_s)] == weak
