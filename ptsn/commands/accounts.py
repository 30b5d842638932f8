"""``ptsn accounts``: import, list, export, add and remove accounts.

What is heavy to import is imported where it is used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from protocols.errors import UserError
from ptsn.book import open_book
from ptsn.config import config_option

if TYPE_CHECKING:
    from receiver.settings import Settings


ADAPTERS_SHOWN = 10


def _settings(config: Path) -> Settings:
    from receiver.settings import load

    return load(config)


@click.group(
    help="Import, list, export, add and remove accounts. With the station running it knows at once.",
    epilog="Example: ptsn accounts import schools.csv -c station.toml",
)
def command() -> None:
    """The group of the commands below."""


@command.command(
    "import",
    epilog="Example: ptsn accounts import schools.csv --replace",
    help="""Import accounts from FILE.csv (UTF-8; - is standard input).

    Columns: account, adapter, prefix, receiver, name, name_ru, name_kk, address, phone, key, key_form (hex or
    text), encryption (required or optional), time_zone, supervision_s (0 for off), missed (3/5 or 3 of 5: lost when
    3 of the last 5 tests were missed), communicators, edition, encoding, numbers. Only account is needed. Columns
    left out keep what is there, empty values clear it; but a key is only taken away where encryption says optional.
    When a row is bad nothing is imported.
    """,
)
@click.argument("file", metavar="FILE.csv", type=click.File("rb"))
@click.option("--replace", is_flag=True, help="Also remove every account that is not in the file.")
@config_option
def import_(file: BinaryIO, replace: bool, config: Path) -> None:
    """Check the whole file, then hand it over."""
    from receiver.accounts import ImportErrors, read_csv

    settings = _settings(config)
    try:
        rows = read_csv(file)
        with open_book(settings) as book:
            answer = book.import_rows(rows, replace)
        _unknown_adapters(settings, rows)
    except ImportErrors as error:
        raise click.ClickException(f"{file.name}: nothing was imported; to be put right:\n{error}") from error
    _notes(answer)
    click.echo(", ".join(f"{name} {answer.get(name, 0)}" for name in ("added", "changed", "removed")))


@command.command("list", epilog="Example: ptsn accounts list --json", help="List the accounts; keys are not shown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of objects with all columns.")
@config_option
def list_(as_json: bool, config: Path) -> None:
    """Print what is there."""
    rows = _rows(_settings(config))
    if as_json:
        rows = [{**row, "account_key": _name(row)} for row in rows]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("no accounts yet; add one with `ptsn accounts add ACCOUNT`", err=True)
        return
    table = [("ACCOUNT", "NAME", "ENCRYPTION", "SUPERVISION", "ADDRESS")]
    for row in rows:
        silence = f"{row['supervision_s']} s {row['missed'] or ''}".rstrip() if row["supervision_s"] else "-"
        table.append((_name(row), row["name"], row["encryption"] or "-", silence, row["address"]))
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    for line in table:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


@command.command(
    "export",
    epilog="Example: ptsn accounts export --with-keys -o accounts.csv",
    help="Write the accounts as CSV, keys masked. A masked key leaves the key as it is when imported.",
)
@click.option("--with-keys", is_flag=True, help="Write keys out. Reads the database itself.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, made readable for you only."
)
@config_option
def export(with_keys: bool, output: Path | None, config: Path) -> None:
    """Write to standard output or a file."""
    from receiver.accounts import AccountStore, write_csv

    settings = _settings(config)
    if with_keys:
        store = AccountStore(settings.accounts, read_only=True)
        rows: list[dict[str, Any]] = [dict(account.row(with_key=True)) for account in store.all()]
        store.close()
    else:
        rows = _rows(settings)
    if output is None:
        write_csv(sys.stdout, rows)
        return
    fd = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8", newline="") as stream:
        os.fchmod(fd, 0o600)
        write_csv(stream, rows)


_OPTIONS = (
    ("adapter", "Only on this adapter of station.toml."),
    ("prefix", "Account prefix, L of DC-09: up to 6 hex digits."),
    ("receiver", "Receiver number, R of DC-09: up to 6 hex digits."),
    ("name", "Name of the site."),
    ("name_ru", "Name of the site in Russian."),
    ("name_kk", "Name of the site in Kazakh."),
    ("address", "Address of the site."),
    ("phone", "Phone of the site."),
    ("key", "Key: 32, 48 or 64 hex digits, text:CHARACTERS, @FILE; - asks for it."),
    ("key_form", "Whether the key is hex (default) or text."),
    ("encryption", "required (default where there is a key), optional, or none where there is no key."),
    ("time_zone", "For panels that send local time, such as Asia/Almaty."),
    ("supervision_s", "Seconds of silence after which a path is lost; 0 for off."),
    ("missed", "m/n, such as 3/5: lost when 3 of the last 5 tests, one each --supervision, were missed; default 1/1."),
    ("communicators", "Accounts whose key may bring this one's signals too."),
    ("edition", "Edition of DC-09 that its panel follows, such as 2013; blank where that is not known."),
    ("encoding", "Encoding of its texts: utf-8, windows-1252, windows-1251, windows-1254 or koi8-r."),
    ("numbers", "decimal (the default) or hex: how its panel numbers zones and users."),
)


def _columns(options: Sequence[tuple[str, str]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an option a column."""

    def add_all(function: Callable[..., None]) -> Callable[..., None]:
        for column, text in reversed(options):
            flags = [f"--{column.replace('_', '-')}"]
            if column == "supervision_s":
                flags.insert(0, "--supervision")
            function = click.option(*flags, column, metavar="TEXT", help=text)(function)
        return function

    return add_all


@command.command(
    "add",
    epilog="Example: ptsn accounts add 1234 --name 'School 12' --key - --supervision 90",
    help="""Add ACCOUNT, or change it when it is there: options not given keep what is there.

    ACCOUNT is a number such as 1234, or a name as `accounts list` shows it, such as L5#1234.
    """,
)
@click.argument("account")
@_columns(_OPTIONS)
@config_option
def add(account: str, config: Path, **columns: str | None) -> None:
    """Import one row."""
    settings = _settings(config)
    row: dict[str, object] = {column: value for column, value in columns.items() if value is not None}
    row |= _identity(account, columns)
    if row.get("key") == "-":
        row["key"] = _ask_key()
    elif row.get("key"):
        _as_elsewhere(row)
    with open_book(settings) as book:
        try:
            answer = book.import_rows([row], False)
        except UserError as error:
            raise click.ClickException(str(error).removeprefix("row 1: ")) from error
    _notes(answer)
    _unknown_adapters(settings, [row])
    done = "added" if answer.get("added") else "changed" if answer.get("changed") else "unchanged:"
    click.echo(f"{done} {account}")


@command.command(
    "remove",
    epilog="Example: ptsn accounts remove L5#1234",
    help="Remove ACCOUNT. Accounts of the same number but another adapter, prefix or receiver stay.",
)
@click.argument("account")
@_columns(_OPTIONS[:3])
@config_option
def remove(account: str, config: Path, **columns: str | None) -> None:
    """Take one row away."""
    identity = {"adapter": "", "prefix": "", "receiver": ""} | _identity(account, columns)
    with open_book(_settings(config)) as book:
        answer = book.remove(identity)
    _notes(answer)
    click.echo(f"removed {account}")


def _rows(settings: Settings) -> list[dict[str, Any]]:
    """Every account, keys masked. A station that does not run is not disturbed: its file is only read."""
    from ptsn.client import is_running
    from receiver.accounts import COLUMNS, AccountStore

    if is_running(settings.socket):
        with open_book(settings) as book:
            return [{column: row.get(column) for column in COLUMNS} for row in book.rows()]
    store = AccountStore(settings.accounts, read_only=True)
    try:
        return [dict(account.row()) for account in store.all()]
    finally:
        store.close()


def _identity(account: str, columns: Mapping[str, str | None]) -> dict[str, str]:
    """The identity's columns from a name such as ``L5#1234`` and the options beside it."""
    from receiver.accounts.identity import parse_key

    parsed = parse_key(account)
    if parsed is None:
        raise click.UsageError(f"{account!r} is not an account: 1 to 16 letters and digits, or a name such as L5#1234")
    identity = {"account": parsed.account}
    for column in ("adapter", "prefix", "receiver"):
        if value := columns.get(column) or getattr(parsed, column):
            identity[column] = value
    return identity


def _name(row: dict[str, Any]) -> str:
    from receiver.accounts import Identity

    return Identity(row["account"], row["adapter"], row["prefix"], row["receiver"]).key


def _as_elsewhere(row: dict[str, Any]) -> None:
    """A key as ``ptsn panel`` and ``ptsn decode`` take it: ``text:KEY``, ``@FILE``."""
    key = str(row["key"])
    if key.startswith("@"):
        try:
            key = Path(key[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"{key[1:]} cannot be read: {error}", param_hint="--key") from error
    if key.startswith("text:"):
        key = key.removeprefix("text:")
        row["key_form"] = "text"
    row["key"] = key


def _ask_key() -> str:
    """The key from the terminal, unseen, or one line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Key", hide_input=True, err=True))
    key = sys.stdin.readline().rstrip("\r\n")
    if not key:
        raise click.UsageError(
            '--key -: standard input is empty; to take a key away write --key "" --encryption optional'
        )
    return key


def _unknown_adapters(settings: Settings, rows: Sequence[Mapping[str, object]]) -> None:
    """Say which adapters no table of station.toml has: nothing is heard of an account on one until it has."""
    there = [adapter.name for adapter in settings.adapters]
    missing = dict.fromkeys(name for row in rows if (name := str(row.get("adapter") or "")) not in ("", *there))
    if missing:
        named = ", ".join(repr(name) for name in list(missing)[:ADAPTERS_SHOWN])
        more = f" and {len(missing) - ADAPTERS_SHOWN} more" if len(missing) > ADAPTERS_SHOWN else ""
        click.echo(
            f"ptsn: note: station.toml has no adapter {named}{more}: nothing that arrives belongs to such an account. "
            f"There are: {', '.join(there)}",
            err=True,
        )


def _notes(answer: Mapping[str, Any]) -> None:
    for note in answer.get("notes", ()):
        click.echo(f"ptsn: note: {note}", err=True)
