"""Accounts, and the names of their zones, from and to CSV files, as spreadsheets write and read them.

UTF-8 with or without a byte order mark; ``,`` or ``;`` or a tab between values; the first line names the
columns, of which only those that name the row are needed. A value left empty clears, a column left out keeps.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import BinaryIO, TextIO

from receiver.accounts.account import COLUMNS
from receiver.accounts.columns import ColumnError, ImportErrors, Row, check_row

DELIMITERS = ",;\t"


def read_csv(
    stream: BinaryIO,
    columns: Sequence[str] = COLUMNS,
    check: Callable[[Row], Mapping[str, str]] = check_row,
    needed: Sequence[str] = ("account",),
) -> list[dict[str, object]]:
    """Rows for :func:`receiver.accounts.merge.merge`: given columns, normalised, and ``line`` (from 1).

    Raises :class:`~receiver.accounts.columns.ImportErrors` with one line a bad row.
    """
    text = _decode(stream.read())
    source = io.StringIO(text, newline="")
    delimiter = ","
    first = source.readline()
    skipped = 0
    if first.lower().startswith("sep=") and len(first.rstrip("\r\n")) == 5:  # a hint that spreadsheets leave
        delimiter, skipped = first[4], 1
        first = ""
    else:
        source.seek(0)
        delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    rows: list[dict[str, object]] = []
    errors: list[str] = []
    header: list[str] | None = None
    try:
        start = 1 + skipped
        for values in reader:
            line, start = start, reader.line_num + skipped + 1
            if not any(value.strip() for value in values):
                continue
            if header is None:
                header = _header(line, values, columns, needed)
                continue
            try:
                rows.append({**check(_row(header, values)), "line": line})
            except ColumnError as error:
                errors.append(f"line {line}: {error}")
    except csv.Error as error:
        errors.append(f"line {reader.line_num + skipped}: not CSV: {error}")
    if errors:
        raise ImportErrors(errors)
    if header is None:
        raise ImportErrors(["line 1: the file is empty; its first line names the columns"])
    return rows


def write_csv(stream: TextIO, rows: Iterable[Mapping[str, object]], columns: Sequence[str] = COLUMNS) -> None:
    """Write rows (``Account.row``) with all columns. The file imports again as it is."""
    writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4096]:
        raise ImportErrors(["line 1: the file is UTF-16; save it as CSV UTF-8"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ImportErrors(
            [f"line {line}: not UTF-8, perhaps Windows-1251 as spreadsheets write it; save the file as CSV UTF-8"]
        ) from None


def _header(line: int, values: list[str], columns: Sequence[str], needed: Sequence[str]) -> list[str]:
    header = [value.strip().lower() for value in values]
    for name in needed:
        if name not in header:
            # Perhaps a file without a header: its values, a key among them, are not for showing.
            raise ImportErrors([f"line {line}: there is no column {name!r}; the first line names the columns"])
    while not header[-1]:
        header.pop()
    errors = [
        f"line {line}: unknown column {name!r}; allowed: {', '.join(columns)}" for name in header if name not in columns
    ]
    errors += [f"line {line}: column {name!r} is there twice" for name in columns if header.count(name) > 1]
    if errors:
        raise ImportErrors(errors)
    return header


def _row(header: list[str], values: list[str]) -> dict[str, object]:
    if any(value.strip() for value in values[len(header) :]):
        raise ColumnError(f"{len(values)} values, but the first line names {len(header)} columns")
    return dict(zip(header, values, strict=False))
