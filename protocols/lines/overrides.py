"""Codes that mean something else at one source: a table that a person writes, looked at before the catalogue.

A CSV file with the columns ``scheme,code,qualifier,becomes_scheme,becomes_code,becomes_qualifier,subject``. An empty
``qualifier`` stands for every one; an empty ``becomes_...`` or ``subject`` keeps what came. The first row that fits
counts.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from protocols import catalogue
from protocols.errors import UserError
from protocols.model import Qualifier, Scheme, Signal

COLUMNS = ("scheme", "code", "qualifier", "becomes_scheme", "becomes_code", "becomes_qualifier", "subject")
_CODE_MAX = 16
_TOLD_MAX = 20
"""Wrong rows that are named; a table of another kind has as many as it has rows."""
_FORMS = {
    Scheme.CONTACT_ID: (re.compile(r"[0-9A-F]{3}").fullmatch, "a Contact ID code has three digits, such as 130"),
    Scheme.SIA: (re.compile(r"[A-Z]{2}").fullmatch, "a SIA code has two letters, such as BA"),
}
_C = TypeVar("_C", Scheme, Qualifier)


class OverridesError(UserError, ValueError):
    """A table that cannot be used. The text names every wrong row by its line, with what is wrong."""


class Rule(Struct, frozen=True, gc=False):
    """One row. Empty fields are None."""

    scheme: Scheme
    code: str
    qualifier: Qualifier | None
    to_scheme: Scheme | None
    to_code: str
    to_qualifier: Qualifier | None
    subject: str


class Overrides:
    """The rules of one source."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules: dict[tuple[Scheme, str], list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault((rule.scheme, rule.code), []).append(rule)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return (rule for rules in self._rules.values() for rule in rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Overrides) and self._rules == other._rules

    __hash__ = None  # type: ignore[assignment]

    def apply(self, signal: Signal) -> Signal:
        """The signal as this source means it."""
        for rule in self._rules.get((signal.scheme, signal.code.upper()), ()):
            if rule.qualifier in (None, signal.qualifier):
                return _changed(signal, rule)
        return signal


NONE = Overrides()
"""Every code means what the tables say."""


def parse(text: str) -> Overrides:
    """Read a table. Raises OverridesError."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise OverridesError(f"line {reader.line_num}: this is no CSV text: {error}") from None
    rows = [(number, row) for number, row in rows if any(row) and not row[0].startswith("#")]
    if not rows:
        return NONE
    head = rows[0][1]
    if len(set(head)) != len(head) or not {"scheme", "code"} <= set(head) <= set(COLUMNS):
        raise OverridesError(
            f"line {rows[0][0]}: the first line is {','.join(head)!r}; it must name the columns "
            f"{','.join(COLUMNS)} (the first two at least)"
        )
    rules: list[tuple[int, Rule]] = []
    wrong: list[tuple[int, str]] = []
    for number, row in rows[1:]:
        try:
            rules.append((number, _rule(number, dict(zip(head, row, strict=False)), len(row) - len(head))))
        except OverridesError as error:
            wrong.append((number, str(error)))
    wrong += _idle(rules)
    if wrong:
        told = [text for _, text in sorted(wrong)]
        more = [f"and {len(told) - _TOLD_MAX} more rows"] if len(told) > _TOLD_MAX else []
        raise OverridesError("\n".join(told[:_TOLD_MAX] + more))
    return Overrides(rule for _, rule in rules)


def _idle(rules: Iterable[tuple[int, Rule]]) -> Iterator[tuple[int, str]]:
    """The rows that do nothing, by their lines: whoever wrote them meant something else."""
    by_code: dict[tuple[Scheme, str], list[tuple[int, Rule]]] = {}
    for number, rule in rules:
        by_code.setdefault((rule.scheme, rule.code), []).append((number, rule))
    for same in by_code.values():
        taken: dict[Qualifier, int] = {}
        for at, (number, rule) in enumerate(same):
            mine = tuple(Qualifier) if rule.qualifier is None else (rule.qualifier,)
            free = [qualifier for qualifier in mine if qualifier not in taken]
            if not free:
                lines = sorted({taken[qualifier] for qualifier in mine})
                before = f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"
                yield (
                    number,
                    (
                        f"line {number}: it can never apply: {before} above has every {rule.scheme} {rule.code} "
                        "that it is for, and the first row that fits counts; delete one, or put the narrower one first"
                    ),
                )
            # A row that changes nothing is meant where it keeps some from a wider row below it.
            elif _same(rule) and not (rule.qualifier and any(not other.qualifier for _, other in same[at + 1 :])):
                yield (
                    number,
                    (
                        f"line {number}: it changes nothing: give becomes_code, becomes_qualifier or subject another "
                        "value than what comes, or delete the row"
                    ),
                )
            for qualifier in free:
                taken[qualifier] = number


def _same(rule: Rule) -> bool:
    """Whether what comes out is what came."""
    return (
        rule.to_scheme in (None, rule.scheme)
        and rule.to_code in ("", rule.code)
        and (rule.to_qualifier is None or rule.to_qualifier is rule.qualifier)
        and not rule.subject
    )


def _rule(number: int, row: dict[str, str], surplus: int) -> Rule:
    if surplus > 0:
        raise OverridesError(f"line {number}: {surplus} more values than columns: a comma inside a value needs quotes")
    code, to_code = row.get("code", "").upper(), row.get("becomes_code", "").upper()
    to_scheme = row.get("becomes_scheme", "")
    for column, given in (("code", code), ("becomes_code", to_code)):
        if len(given) > _CODE_MAX or not (given or column != "code"):
            raise OverridesError(f"line {number}: {column} has 1 to {_CODE_MAX} characters, found {given!r}")
    if to_scheme and not to_code:
        raise OverridesError(f"line {number}: becomes_scheme is given without becomes_code: name the code, too")
    scheme = _one_of(Scheme, row.get("scheme", ""), number, "scheme")
    meant = _one_of(Scheme, to_scheme, number, "becomes_scheme") if to_scheme else scheme
    if to_code and meant in _FORMS and _FORMS[meant][0](to_code) is None:
        raise OverridesError(f"line {number}: becomes_code is {to_code!r}: {_FORMS[meant][1]}")
    return Rule(
        scheme=scheme,
        code=code,
        qualifier=_one_of(Qualifier, row["qualifier"], number, "qualifier") if row.get("qualifier") else None,
        to_scheme=meant if to_scheme else None,
        to_code=to_code,
        to_qualifier=(
            _one_of(Qualifier, row["becomes_qualifier"], number, "becomes_qualifier")
            if row.get("becomes_qualifier")
            else None
        ),
        subject=row.get("subject", ""),
    )


def _one_of(kind: type[_C], value: str, number: int, column: str) -> _C:
    try:
        return kind(value.lower())
    except ValueError:
        allowed = ", ".join(kind)
        raise OverridesError(f"line {number}: {column} is {value!r}, allowed: {allowed}") from None


def _changed(signal: Signal, rule: Rule) -> Signal:
    scheme, code = rule.to_scheme or signal.scheme, rule.to_code or signal.code
    subject = rule.subject or (catalogue.find(scheme, code).subject if rule.to_code else signal.subject)
    return replace(
        signal,
        scheme=scheme,
        code=code,
        qualifier=rule.to_qualifier or signal.qualifier,
        subject=subject,
        user=signal.user or (signal.number if subject == "user" else ""),
    )
