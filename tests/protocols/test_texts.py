"""The catalogues: complete in three languages, of one vocabulary, and without letters from the wrong alphabet."""

from __future__ import annotations

import csv
import re
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from protocols.catalogue import LANGUAGES, station_words, texts
from protocols.dc09 import answers, framing, strangers
from protocols.model import Severity, Verdict
from protocols.wires import WIRES
from tests.findings_doc import known

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "protocols/catalogue/locale"
GLOSSARY = (ROOT / "docs/words.md").read_text(encoding="utf-8")
OTHERS = ("ru", "kk")
VOCABULARY = ("finding", "advice", "noise", "console")
"""The domains held against the glossary."""

PROTOCOLS = "".join(file.read_text("utf-8") for file in (ROOT / "protocols").rglob("*.py"))
GUESSED = {
    f"{wire}.{name}"
    for wire in ("auto", "radio", "telephone", *WIRES)
    for name in re.findall(rf'"{wire}\.([a-z-]+)"', PROTOCOLS)
    if f"{wire}.{name}" in texts.ids("noise")
}
"""What the ends of the other protocols call noise; each of their own tests holds that it has words."""

EXPECTED = {
    "finding": set(known()),
    "advice": set(known()),
    "noise": {
        *strangers.GUESSES,
        framing.GARBAGE,
        framing.CRC_MISMATCH,
        framing.LENGTH_MISMATCH,
        framing.INCOMPLETE,
        answers.UNREADABLE,
        answers.NOT_AN_ANSWER,
        answers.IN_THE_CLEAR,
        answers.ENCRYPTED,
        *GUESSED,
    },
}
LATIN = frozenset(
    word
    for part in re.findall(
        r"^(?:Wire and formats|Other protocols|Menus and columns):(?s:.+?)\n\n", GLOSSARY, re.MULTILINE
    )
    for word in re.findall("`(.+?)`", part)
)
"""What stays Latin in the Russian and Kazakh texts of the vocabulary."""
KAZAKH = "әғқңөұүһіӘҒҚҢӨҰҮҺІ"
CYRILLIC = r"[\u0400-\u04ff]"

Words = dict[str, dict[str, str]]


def domain(name: str) -> Words:
    """Language to id to words, what the language itself has."""
    return {
        language: {id_: texts.text(name, id_, language) for id_ in texts.ids(name, language)} for language in LANGUAGES
    }


def without_values(text: str) -> str:
    """The words of a text alone, without the options of commands."""
    return re.sub(r"\{\w+\}|`[^`]*`|--[a-z-]+", " ", text)


# Completeness


@pytest.mark.parametrize("name", texts.DOMAINS)
def test_every_language_says_everything(name: str) -> None:
    """An id without words in one language would be shown in English there."""
    words = domain(name)
    for language in OTHERS:
        assert set(words[language]) == set(words["en"]), language


@pytest.mark.parametrize("name", EXPECTED)
def test_the_catalogues_know_what_the_code_knows(name: str) -> None:
    """No finding and no guess without words, and no words for what is gone."""
    assert texts.ids(name) == EXPECTED[name]


@pytest.mark.parametrize("name", texts.DOMAINS)
def test_values_have_the_same_places_in_every_language(name: str) -> None:
    """``{name}`` that is missing or misspelt would show nothing, or itself."""
    words = domain(name)
    for id_, english in words["en"].items():
        places = Counter(re.findall(r"\{(\w+)\}", english))
        for language in OTHERS:
            assert Counter(re.findall(r"\{(\w+)\}", words[language][id_])) == places, (language, id_)


@pytest.mark.parametrize("source", sorted(LOCALE.glob("*/LC_MESSAGES/*.po")), ids=lambda path: f"{path.parts[-3:]}")
def test_no_id_stands_twice_in_a_catalogue(source: Path) -> None:
    """The second would silently not count; nor is anything marked as doubtful or left empty."""
    text = source.read_text(encoding="utf-8")
    ids = re.findall(r'^msgid "(.+)"$', text, re.MULTILINE)
    assert [id_ for id_, count in Counter(ids).items() if count > 1] == []
    assert "#," not in text
    assert "#~" not in text
    assert not re.search(r'^msgstr ""\n(?!")', text, re.MULTILINE)


def test_what_the_station_counts_and_says_has_words() -> None:
    """Verdicts, severities, counters, rates, states of paths, details: each id that is put together when it is said."""
    from msgspec.structs import fields

    from ptsn.commands.paths import HEAD
    from ptsn.commands.status import LABELS
    from receiver.intake.counted import Counted
    from receiver.pulse import Pulse
    from receiver.supervision.records import PathState

    wanted = {f"verdict.{verdict}" for verdict in Verdict}
    wanted |= {f"severity.{severity}" for severity in Severity}
    wanted |= {f"counter.{field.name}" for field in fields(Counted)}
    wanted |= {f"rate.{name}" for name in Pulse().rates(0.0)}
    wanted |= {f"paths.{state}" for state in (*PathState, "heard")} | {f"path-count.{state}" for state in PathState}
    wanted |= {f"paths.{column}" for column in HEAD} | {f"status.{label}" for label in LABELS}
    wanted |= {f"unit.{unit}" for unit in ("s", "min", "h", "d")}
    said = "".join(file.read_text("utf-8") for file in (ROOT / "receiver").rglob("*.py"))
    details = re.findall(r'details=\{\s*"(\w+)"', said) + re.findall(r'details\["(\w+)"\] =', said)
    wanted |= {f"detail.{name.removesuffix('_s')}" for name in details if name != "renamed"}
    assert wanted <= texts.ids("console")


def test_commands_say_nothing_that_has_no_words() -> None:
    """Every id of the console that stands in the code is in the catalogue, and the other way round."""
    files = [file.read_text("utf-8") for file in (ROOT / "ptsn").rglob("*.py")]
    code = "".join(text for text in files if "ptsn.words import" in text)
    # What commands say of streams and of the wire is said for them by these.
    code += "".join(
        file.read_text("utf-8") for name in ("link", "telling") for file in (ROOT / "tui" / name).rglob("*.py")
    )
    stems = "alarms|journal|paths|status|tail|unit|wire"
    written = set(re.findall(rf"""["']((?:{stems})\.[a-z-]+)["']""", code)) - {"journal.db"}
    assert written <= texts.ids("console")
    fixed = {id_ for id_ in texts.ids("console") if id_.partition(".")[0] in ("alarms", "journal", "tail")}
    assert fixed <= written


# Letters and vocabulary


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", texts.DOMAINS)
def test_no_word_mixes_two_alphabets(name: str, language: str) -> None:
    """A Latin ``c`` in a Cyrillic word looks right and is not found by any search. A suffix stands after a hyphen."""
    for id_, text in domain(name)[language].items():
        words = re.findall(rf"(?:[A-Za-z]|{CYRILLIC})+", without_values(text))
        mixed = [word for word in words if re.search("[A-Za-z]", word) and re.search(CYRILLIC, word)]
        assert not mixed, (id_, mixed)


@pytest.mark.parametrize("name", texts.DOMAINS)
def test_each_language_is_written_in_its_own_letters(name: str) -> None:
    """No Cyrillic in English, no Kazakh letters in Russian, and no Russian text passed off as Kazakh."""
    words = domain(name)
    for id_, english in words["en"].items():
        assert not re.search(CYRILLIC, english), id_
        assert not set(KAZAKH) & set(words["ru"][id_]), id_
        if name in ("finding", "advice", "noise"):
            assert set(KAZAKH) & set(words["kk"][id_]), id_
            assert len({words[language][id_] for language in LANGUAGES}) == len(LANGUAGES), id_


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", VOCABULARY)
def test_no_english_is_left_in_the_other_languages(name: str, language: str) -> None:
    """But tokens, formats and words of menus; a lone Latin letter is most likely a Cyrillic one typed wrong."""
    for id_, text in domain(name)[language].items():
        for word in re.findall(r"[A-Za-z][A-Za-z0-9./-]*", without_values(text)):
            # A-F is a range, [H...] a field.
            parts = {word, word.rstrip("./-"), *re.split(r"[./-]+", word.rstrip("./-"))}
            assert parts & LATIN, (id_, word)


@pytest.mark.parametrize(
    "file",
    [file.name for file in sorted((ROOT / "protocols/catalogue").glob("*.csv"))],
)
def test_no_name_in_the_tables_mixes_two_alphabets(file: str) -> None:
    """Nor has a Russian name Kazakh letters, nor an English one Cyrillic."""
    with resources.files("protocols.catalogue").joinpath(file).open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        for column, cell in row.items():
            for word in re.findall(rf"(?:[A-Za-z]|{CYRILLIC})+", cell):
                assert not (re.search("[A-Za-z]", word) and re.search(CYRILLIC, word)), (column, cell)
            if column.endswith("ru"):
                assert not set(KAZAKH) & set(cell), cell
            if column.endswith("en"):
                assert not re.search(CYRILLIC, cell), cell


def terms() -> list[tuple[str, str, str]]:
    """The glossary's first table."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", GLOSSARY.split("Words that are not used")[0], re.MULTILINE)
    return [row for row in rows if row[0] != "English"]


def unused() -> list[tuple[str, str]]:
    """Language and word of its second table."""
    return re.findall(r"^\| (ru|kk) \| (.+?) \| .+? \|$", GLOSSARY, re.MULTILINE)


def stem(word: str) -> str:
    """A word without its ending, as far as that can be told without a dictionary."""
    return word if len(word) <= 3 else word[: max(3, len(word) - 3)]


def has_term(text: str, term: str) -> bool:
    """Whether every word of a term, in whatever form, is in a text."""
    return all(stem(word.lower()) in text.lower() for word in term.split())


@pytest.mark.parametrize("name", ["finding", "advice", "noise"])
@pytest.mark.parametrize(("english", "russian", "kazakh"), terms())
def test_one_thing_has_one_name(english: str, russian: str, kazakh: str, name: str) -> None:
    """Where an English sentence has a term of the glossary, the Russian and the Kazakh have theirs."""
    words = domain(name)
    longer = [term for term, _, _ in terms() if english.lower() in term.lower() and term != english]
    missing = []
    for id_, text in words["en"].items():
        left = without_values(text).lower()
        for term in longer:  # a time zone is no zone
            left = left.replace(term.lower(), " ")
        if re.search(rf"(?<![\w-]){re.escape(english.lower())}(?:s)?(?![\w-])", left):
            missing += [(id_, words["ru"][id_])] * (not has_term(words["ru"][id_], russian))
            missing += [(id_, words["kk"][id_])] * (not has_term(words["kk"][id_], kazakh))
    assert missing == []


@pytest.mark.parametrize(("language", "word"), unused())
def test_words_that_the_glossary_replaces_are_not_used(language: str, word: str) -> None:
    """Not in the texts, whatever the ending; nor among the names of the station's own events."""
    ending = r"\w*" if word.endswith("...") else r"(?!\w)"
    pattern = re.compile(rf"(?<!\w){re.escape(word.removesuffix('...'))}{ending}", re.IGNORECASE)
    said = [text for name in texts.DOMAINS for text in domain(name)[language].values()]
    said += [names[LANGUAGES.index(language)] for names in station_words.station_codes().values()]
    assert [text for text in said if pattern.search(text)] == []


# Reading


def test_a_text_without_words_is_its_id() -> None:
    """In every language; an unknown language is refused by name."""
    assert texts.text("finding", "no.such-id", "kk") == "no.such-id"
    assert texts.finding("dc09.crc.binary", "en").startswith("The CRC")
    with pytest.raises(ValueError, match="'de' is not one of en, ru, kk"):
        texts.finding("dc09.crc.binary", "de")


def test_values_are_data() -> None:
    """What looks like a place in a value is no place, and what nobody gives stays as it is."""
    assert texts.text("console", "wire.answered", "en", token="{token}{0}%s") == "answered {token}{0}%s"
    assert texts.text("console", "tail.gap", "en", id=7) == texts.text("console", "tail.gap", "en").replace("{id}", "7")
