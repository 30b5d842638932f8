"""Words find codes: in three languages, whatever the ending, the case and the keyboard."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols import catalogue
from protocols.catalogue import search_words, seek, tables
from protocols.catalogue.station_words import station_codes

ANY_TEXT = st.text(st.characters())
"""Lone surrogates and NUL, too."""


def codes(word: str) -> frozenset[seek.Code]:
    (folded,) = seek.words(word)
    return seek.meaning(folded).codes


@given(ANY_TEXT)
@example("ΐİŉ\u0345ͅǰ")
@example("\ud800\0ﷺ㍿")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    """Any text at all: it never raises, and what is folded stays as it is."""
    folded = seek.fold(text)
    assert seek.fold(folded) == folded
    assert not any(unicodedata.category(one) == "Mn" for one in folded)


@given(ANY_TEXT)
def test_any_text_has_words_and_each_has_a_meaning(text: str) -> None:
    """Words are letters and digits only, stems are their beginnings, and nothing raises."""
    for word in seek.words(text):
        assert word.isalnum()
        assert all(word.startswith(stem) and stem for stem in seek.stems(word))
        assert seek.roots(word)
        seek.meaning(word)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Ёлка", "елка"),
        ("йод", "иод"),
        ("Қазақ", "казак"),
        ("ғимарат", "гимарат"),
        ("таң", "тан"),
        ("күзет", "кузет"),
        ("тұрғын", "тургын"),
        ("ӨРТ", "орт"),
        ("әкімшілік", "акимшилик"),
        ("қаһарман", "кахарман"),
        ("Café Zürich", "cafe zurich"),
        ("Straße", "STRASSE"),
        ("①２", "12"),
    ],
)
def test_spellings_of_one_word_fold_to_the_same(written: str, typed: str) -> None:
    """Letter case, diacritics, ё, and the letters that Kazakh adds to the Russian alphabet do not count."""
    assert seek.fold(written) == seek.fold(typed)


@pytest.mark.parametrize(
    "words",
    [
        "пожар пожара пожару пожаром пожары пожарная пожарной пожарный пожарные ПОЖАР",
        "тревога тревоги тревогу тревогой тревожная тревожный",
        "датчик датчика датчики датчиков датчиком датчигі датчигінің",
        "снят снята снятие снятия",
        "дверь двери дверью",
        "неисправность неисправности неисправна неисправный",
        "вскрытие вскрытия вскрыт",
        "өрт орт өрттің өртке өртті өрттен",
        "дабыл дабылы дабылдар дабылды дабылдың",
        "есік есігі есіктің",
        "күзет кузет күзеттен күзетке",
        "battery batteries",
        "restored restore",
        "armed arm arming",
        "fire fires Fire",
        "sensor sensors",
    ],
)
def test_the_forms_of_a_word_find_the_same_events(words: str) -> None:
    """Inflection defeats nobody, in the real tables."""
    found = {word: codes(word) for word in words.split()}
    first = next(iter(found.values()))
    assert first
    assert [word for word, each in found.items() if each != first] == []


@pytest.mark.parametrize("word", ["fire", "пожар", "өрт"])
def test_an_event_is_found_in_each_language(word: str) -> None:
    """By the names the tables have, in both schemes, and by its category."""
    assert {("contact-id", "110", ""), ("sia", "FA", "")} <= codes(word)
    assert seek.meaning(seek.fold(word)).categories == {"fire"}


@pytest.mark.parametrize(("scheme", "code", "qualifier"), [("contact-id", "131", "restore"), ("sia", "BA", "new")])
@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_word_of_a_name_finds_its_code(scheme: str, code: str, qualifier: str, language: str) -> None:
    """Also the word that a qualifier adds."""
    for word in seek.words(catalogue.name(scheme, code, qualifier, language)):
        assert {(scheme, code, qualifier), (scheme, code, "")} & seek.meaning(word).codes, word


def test_every_event_is_found_by_its_own_name() -> None:
    """Each listed code, each qualifier, each language."""
    for code in [row["code"] for row in tables.rows("contact_id_events.csv")]:
        for language in catalogue.LANGUAGES:
            for qualifier in ("new", "restore"):
                met = [
                    seek.meaning(word).codes
                    for word in seek.words(catalogue.name("contact-id", code, qualifier, language))
                ]
                assert all({("contact-id", code, qualifier), ("contact-id", code, "")} & each for each in met)


def test_the_words_tell_arming_from_disarming() -> None:
    """401 is called differently when it begins and when it ends."""
    assert ("contact-id", "401", "new") in codes("снят")
    assert ("contact-id", "401", "new") in codes("disarmed")
    assert ("contact-id", "401", "restore") in codes("поставлен")
    assert not {("contact-id", "401", "new"), ("contact-id", "401", "")} & codes("поставлен")
    assert not {("contact-id", "401", "restore"), ("contact-id", "401", "")} & codes("disarmed")
    assert ("contact-id", "131", "restore") in codes("восстановление")
    assert ("contact-id", "131", "") in codes("периметр")


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("130", ("contact-id", "130", "")),
        ("E130", ("contact-id", "130", "new")),
        ("r401", ("contact-id", "401", "restore")),
        ("P130", ("contact-id", "130", "status")),
        ("1a9", ("contact-id", "1A9", "")),
        ("BA", ("sia", "BA", "")),
    ],
)
def test_a_code_itself_finds(word: str, code: seek.Code) -> None:
    """As the tables and other programs write it, listed or not."""
    assert code in codes(word)


def test_what_happens_to_the_station_is_found() -> None:
    """Its events have no scheme."""
    assert ("", "path.lost", "") in codes("потеряна")
    assert ("", "station.started", "") in codes("started")


def test_numbers_and_single_letters_must_be_whole_words() -> None:
    """A 2 is not the beginning of 24 hours."""
    assert codes("2") < codes("24") | codes("2")
    assert not any(code == "133" for _, code, _ in codes("2"))
    assert any(code == "133" for _, code, _ in codes("24"))


def test_nonsense_means_nothing() -> None:
    """And nothing is not everything."""
    assert seek.meaning("qwertyuiop") == seek.Meaning()
    assert seek.words("") == seek.words(" .,- _ \0") == []


def test_every_search_word_means_something_there_is() -> None:
    """Each code is in a table, each category is one, each use is known, and no language is left out."""
    categories = set(seek.categories())
    for row in tables.rows(search_words.FILE):
        assert row["use"] in ("event", "restore", "subject", "skip", "day"), row
        assert all(row[language].strip("; ") for language in tables.LANGUAGES), row
        for scheme, code, _ in search_words.codes_of(row):
            assert catalogue.known(scheme, code) if scheme else code in station_codes(), (row["meaning"], code)
        if row["use"] == "day":
            assert row["categories"].isdecimal()
        else:
            assert set(row["categories"].split()) <= categories, row
        if row["use"] in ("event", "restore"):
            assert all(search_words.meaning(phrase) != seek.Meaning() for phrase in search_words.phrases_of(row))


@pytest.mark.parametrize("word", ["тревога", "сработал", "alarm", "дабылы"])
def test_an_alarm_is_every_beginning_of_an_urgent_event(word: str) -> None:
    """Whatever it is called; its restore is none."""
    found = codes(word)
    begun = {(scheme, code) for scheme, code, qualifier in found if qualifier in ("", "new")}
    assert {("contact-id", "110"), ("contact-id", "111"), ("contact-id", "130"), ("sia", "FA")} <= begun
    assert not {("contact-id", "111", "restore"), ("contact-id", "111", "")} & found
    assert not any(code in ("301", "401", "602") for _, code, _ in found)


def test_two_capitals_that_are_a_code_are_that_code_alone() -> None:
    """Anything else is a word."""
    assert seek.capitals("PA") == seek.Meaning(frozenset((("sia", "PA", ""),)))
    assert [seek.capitals(word) for word in ("pa", "Pa", "PAN", "??", "РА", "")] == [None] * 6


@given(ANY_TEXT)
@example("и\u0306 ㍿ ① q\u0301b")
def test_words_are_told_as_they_were_written(text: str) -> None:
    """Beside each folded word, in the same order."""
    assert [folded for _, folded in seek.spelled(text)] == seek.words(text)
    assert seek.spelled("Шлейф ёлка-Қоңырау") == [("Шлейф", "шлеиф"), ("ёлка", "елка"), ("Қоңырау", "конырау")]
