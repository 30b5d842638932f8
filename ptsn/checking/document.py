"""A report in words: sections of blocks, which :mod:`ptsn.checking.text` and :mod:`ptsn.checking.page` write down."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from panels.inspection import conduct
from panels.inspection.broken import NoiseSeen
from panels.inspection.findings import KEYS
from panels.inspection.grading import DAMAGED, is_broken_frame
from panels.inspection.report import Example, FindingSeen, Grade, PanelReport, Part, Reason, Report
from protocols.model import Severity
from protocols.wires import find
from ptsn.checking.blocks import (
    Block,
    Document,
    Facts,
    FindingBlock,
    FrameBlock,
    Said,
    Section,
    Table,
    Tick,
    Ticks,
)
from ptsn.checking.facts import full_account, panel_facts
from ptsn.checking.opening import key_words
from ptsn.checking.place import Place, broken_words, crc_words, nothing_came
from ptsn.checking.words import Words, day_and_time
from ptsn.render import clean, show_bytes

DC09 = "dc09"
NOISE_BYTES = 48
_GOOD = (Grade.CONFORMS, Grade.WORKS)
_Shows = dict[int, list[str]]
"""Number of a message to what findings say of it."""
CONTACT_ID_LETTERS = {"new": "E", "restore": "R", "status": "P"}
"""How the trade writes the qualifier in front of a Contact ID code."""


def document(report: Report, place: Place, words: Words) -> Document:
    """The whole report in the language of ``words``."""
    shows: _Shows = {}
    panels = [
        section
        for panel in report.panels
        for section in _panel(panel, _name(panel, report, words), _noise_of(panel, report), words, shows)
    ]
    sections = [_verdict(report, words), _station(report, words)]
    if not report.messages:
        broken = sum(each.count for each in report.noise if is_broken_frame(each.guess))
        hints = nothing_came(place, words, report.connections, sum(each.count for each in report.noise), broken)
        sections.append(Section(words("report.nothing"), tuple(Said(hint) for hint in hints)))
    sections += [*panels, *_noise(report, words)]
    encoding = report.station.encoding
    frames = tuple(_frame(each, shows.get(each.number, []), words, encoding) for each in report.frames)
    sections.append(Section(words("report.frames"), frames))
    word, text = _graded(report.grade, [panel.checklist for panel in report.panels], words)
    if not report.messages and report.grade is Grade.NOT_JUDGED:
        text = words("grade.nothing.text")
    return Document(
        title=_title(report, words),
        subtitle=clean(report.station.title),
        language=words.language,
        grade=report.grade.value,
        grade_word=word,
        grade_text=text,
        partial=report.grade in _GOOD and any(_untested(panel.checklist) for panel in report.panels),
        sections=tuple(section for section in sections if section.blocks),
        foot=words("report.made-by", version=report.station.version),
    )


def _title(report: Report, words: Words) -> str:
    """What was checked: the protocols that came."""
    names = dict.fromkeys(find(panel.protocol).title for panel in report.panels)
    named = report.station.protocol
    return words("report.title", protocol=", ".join(names) or find(DC09 if named is UNSET else named).title)


def _tested(checklist: Sequence[Part]) -> int:
    """How many parts of a full test came."""
    return sum(part.count > 0 for part in checklist)


def _untested(checklist: Sequence[Part]) -> int:
    """How many did not."""
    return len(checklist) - _tested(checklist)


def _graded(grade: Grade, checklists: Sequence[Sequence[Part]], words: Words) -> tuple[str, str]:
    """The word of a grade and what it means: a good one is good for what was tested, of the panel tested least."""
    least = max(checklists, key=_untested, default=())
    text = words(f"grade.{grade.value}.text")
    if grade not in _GOOD or not _untested(least):
        return words(f"grade.{grade.value}"), text
    done, parts = _tested(least), len(least)
    tested = words("grade.tested" if len(checklists) == 1 else "grade.tested.least", done=done, all=parts)
    return words(f"grade.{grade.value}.so-far"), f"{tested} {text}"


def _verdict(report: Report, words: Words) -> Section:
    """Why, and what is still to be tried."""
    blocks: list[Block] = [Said(_reason(reason, report.noise, words)) for reason in report.reasons]
    blocks += [Said(crc_words(seen.crc, words)) for seen in report.noise if seen.crc is not None]
    for panel in report.panels:
        missing = [words(f"part.{part.id}") for part in panel.checklist if not part.count]
        if missing:
            which = f"{_name(panel, report, words)}. " if len(report.panels) > 1 else ""
            closed = panel.protection.closed
            said = words("unchecked.sealed" if closed else "unchecked", list=", ".join(missing), count=closed)
            blocks.append(Said(which + said))
    return Section(words("report.verdict"), tuple(blocks))


def _reason(reason: Reason, noise: Sequence[NoiseSeen], words: Words) -> str:
    why = broken_words(noise, words) if reason.id == DAMAGED else {}
    if why:
        return words(f"reason.{reason.id}.why", count=reason.count, why=", ".join(why))
    return words(f"reason.{reason.id}", count=reason.count)


def _station(report: Report, words: Words) -> Section:
    station = report.station
    keys = tuple(f"{key.number}: AES-{key.bits}, {key_words(key, words)}" for key in station.keys)
    rows = (
        ("report.what", (clean(station.title),) if station.title else ()),
        ("report.from", (day_and_time(report.started),)),
        ("report.to", (day_and_time(report.ended),)),
        ("report.addresses", station.addresses),
        ("report.keys", keys or (words("none"),)),
        ("report.messages", (str(report.messages),)),
        ("report.connections", (str(report.connections),)),
    )
    return Section(words("report.station"), (Facts(tuple((words(id_), said) for id_, said in rows if said)),))


def _name(panel: PanelReport, report: Report, words: Words) -> str:
    """A panel by its account; where several have the same one, with receiver and prefix. A sender by its place."""
    if panel.sender is not UNSET:
        return words("report.sender", protocol=panel.sender.title, host=clean(", ".join(panel.hosts)))
    alike = sum(other.account == panel.account for other in report.panels if other.sender is UNSET)
    account = full_account(panel) if alike > 1 else clean(panel.account) or words("no-account")
    return words("report.panel", account=account)


def _noise_of(panel: PanelReport, report: Report) -> list[NoiseSeen]:
    return [seen for seen in report.noise if seen.host in panel.hosts]


def _panel(panel: PanelReport, name: str, noise: list[NoiseSeen], words: Words, shows: _Shows) -> list[Section]:
    grade = panel.grade.value
    first: list[Block] = [Said(". ".join(_graded(panel.grade, [panel.checklist], words)), grade)]
    first += [Said(_reason(reason, noise, words)) for reason in panel.reasons]
    if panel.grade not in _GOOD:
        failed = [reason.last for reason in panel.reasons if reason.last is not None]
        if failed and max(failed) < panel.last:
            first.append(Said(words("reason.since", time=day_and_time(max(failed)))))
    first.append(Facts(panel_facts(panel, words)))
    keys: list[Block] = []
    departures: list[Block] = []
    notes: list[Block] = []
    for finding in panel.findings:
        kind = keys if finding.id in KEYS else notes if finding.severity is Severity.NOTE else departures
        kind.append(_finding(finding, noise, words, shows))
    if not departures and not panel.protection.closed:
        departures.append(Said(words("report.findings.none")))
    sections = [
        Section(name, tuple(first)),
        Section(words("report.checklist"), (_checklist(panel, words),), 3),
        Section(words("report.key"), tuple(keys), 3),
        Section(words("report.findings"), tuple(departures), 3),
        Section(words("report.notes"), tuple(notes), 3),
        Section(words("report.codes"), _codes(panel, words), 3),
        Section(words("report.unrestored"), _unrestored(panel, words), 3),
    ]
    return [section for section in sections if section.blocks]


def _checklist(panel: PanelReport, words: Words) -> Ticks:
    missing = "part.unknown" if panel.protection.closed else "part.missing"
    return Ticks(
        tuple(
            Tick(
                part.count > 0,
                words(f"part.{part.id}"),
                words("part.done", count=part.count) if part.count else words(missing),
            )
            for part in panel.checklist
        )
    )


def _finding(finding: FindingSeen, noise: Sequence[NoiseSeen], words: Words, shows: _Shows) -> FindingBlock:
    # A key that the check lacks is neither a departure of the panel nor something to leave as it is.
    word = words("severity.key") if finding.id in KEYS else words.severity(finding.severity.value)
    remarks = [words("finding.count", count=finding.count)]
    if finding.id in (conduct.DAMAGED, conduct.LINE_DAMAGED):
        remarks += [f"{why}: {count}" for why, count in broken_words(noise, words).items()]
    if finding.frame:
        remarks.append(words("finding.example", number=finding.frame))
        shown = f"{word}: {words.finding(finding.id)}"
        shows.setdefault(finding.frame, []).append(shown)
    return FindingBlock(
        severity=Severity.VIOLATION.value if finding.id in KEYS else finding.severity.value,
        word=word,
        id=finding.id,
        text=words.finding(finding.id),
        advice=words.advice(finding.id),
        remarks=tuple(remarks),
    )


def _codes(panel: PanelReport, words: Words) -> tuple[Block, ...]:
    if not panel.codes:
        return ()
    columns = tuple(words(f"column.{each}") for each in ("event", "code", "count", "mark"))
    rows = []
    for seen in panel.codes:
        remarks = [words("code.unknown")] if not seen.known else []
        remarks += [words("code.vendor")] if seen.vendor else []
        letter = CONTACT_ID_LETTERS.get(seen.qualifier, "") if seen.scheme == "contact-id" else ""
        code = letter + clean(seen.code)
        rows.append((words.event(seen.scheme, seen.code, seen.qualifier), code, str(seen.count), ", ".join(remarks)))
    return (Table(columns, tuple(rows)), *_more("codes.more", panel.codes_left_out, words))


def _more(id_: str, count: int, words: Words) -> tuple[Said, ...]:
    """That a list does not hold everything."""
    return (Said(words(id_, count=count)),) if count else ()


def _unrestored(panel: PanelReport, words: Words) -> tuple[Block, ...]:
    if not panel.unrestored:
        return ()
    columns = tuple(words(f"column.{each}") for each in ("event", "place", "since"))
    rows = []
    for each in panel.unrestored:
        place = words.place(each.partition, each.subject, each.number)
        if each.account.lstrip("0") != panel.account.lstrip("0") or not panel.account:
            place = ", ".join(part for part in (f"#{clean(each.account)}", place) if part)
        rows.append((words.event(each.scheme, each.code, "new"), place, day_and_time(each.since)))
    return (Table(columns, tuple(rows)), *_more("unrestored.more", panel.unrestored_left_out, words))


def _noise(report: Report, words: Words) -> list[Section]:
    if not report.noise:
        return []
    columns = tuple(words(f"column.{each}") for each in ("what", "host", "count", "bytes"))
    rows = tuple(
        (_guessed(seen, words), clean(seen.host), str(seen.count), show_bytes(seen.sample, NOISE_BYTES))
        for seen in report.noise
    )
    blocks: tuple[Block, ...] = (Table(columns, rows), *_more("noise.more", report.noise_left_out, words))
    return [Section(words("report.noise"), blocks)]


def _guessed(seen: NoiseSeen, words: Words) -> str:
    """What bytes probably are."""
    begins = "" if seen.begins is UNSET else words("noise.begins", list=", ".join(seen.begins))
    return " ".join(part for part in (words.noise(seen.guess), begins) if part)


def _frame(example: Example, shows: list[str], words: Words, encoding: str) -> FrameBlock:
    """A message that findings show."""
    number, time = example.number, day_and_time(example.at)
    return FrameBlock(
        heading=words("frame.heading", number=number, time=time, peer=clean(example.peer)),
        wire=words("frame.wire"),
        plain=words("frame.plain"),
        example=example,
        shows=tuple(shows),
        more=words("frame.more", count=example.parts_left_out) if example.parts_left_out else "",
        encoding=encoding,
    )
