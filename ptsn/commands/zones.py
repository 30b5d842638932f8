"""``ptsn zones``: import, list, export and remove names of zones. What is heavy to import is imported where used."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from ptsn.book import open_book
from ptsn.config import config_option

if TYPE_CHECKING:
    from receiver.settings import Settings


@click.group(
    help="Import, list, export and remove the names of zones. With the station running it knows at once.",
    epilog="Example: ptsn zones import zones.csv -c station.toml",
)
def command() -> None:
    """The group of the commands below."""


@command.command(
    "import",
    epilog="Example: ptsn zones import zones.csv --replace",
    help="""Import names of zones from FILE.csv (UTF-8; - is standard input).

    Columns: account, adapter, prefix, receiver, number, name, name_ru, name_kk. Needed are account, number and one
    of the names; adapter, prefix and receiver as the account has them, or blank where it is the only one of its
    number (a note says so). Leading zeros of numbers do not count: 5, 05 and 005 are one zone. Columns left out
    keep what is there, empty values clear it. When a row is bad, nothing is imported; a row for an account that
    nobody entered, or that may be several, is bad.
    """,
)
@click.argument("file", metavar="FILE.csv", type=click.File("rb"))
@click.option(
    "--replace", is_flag=True, help="Of the accounts in the file, also remove every zone that is not in the file."
)
@config_option
def import_(file: BinaryIO, replace: bool, config: Path) -> None:
    """Check the whole file, then hand it over."""
    from protocols.errors import UserError
    from receiver.accounts import ImportErrors, read_zones
    from receiver.settings import load

    settings = load(config)
    try:
        rows = read_zones(file)
    except ImportErrors as error:
        raise _nothing(file, error) from error
    with open_book(settings, "ptsn zones") as book:
        try:
            answer = book.import_zones(rows, replace)
        except UserError as error:
            # A running station's answer is a text; what it refuses of a file is told by line, too.
            raise _nothing(file, error) from error
    click.echo(", ".join(f"{name} {answer.get(name, 0)}" for name in ("added", "changed", "removed")))
    for note in answer.get("notes", ()):
        click.echo(f"ptsn: note: {note}", err=True)


def _nothing(file: BinaryIO, error: Exception) -> click.ClickException:
    return click.ClickException(f"{file.name}: nothing was imported; to be put right:\n{error}")


@command.command(
    "list",
    epilog="Example: ptsn zones list L5#1234 --json",
    help="List the zones that have names, of all accounts or of ACCOUNT (a name as `accounts list` shows it).",
)
@click.argument("account", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of objects with all columns.")
@config_option
def list_(account: str | None, as_json: bool, config: Path) -> None:
    """Print what is there."""
    from receiver.settings import load

    rows = _rows(load(config), account or "")
    if as_json:
        click.echo(json.dumps([{**row, "account_key": _key(row)} for row in rows], ensure_ascii=False, indent=2))
        return
    if not rows:
        of = f" of {account}" if account else ""
        click.echo(f"no names of zones{of} yet; import some with `ptsn zones import FILE.csv`", err=True)
        return
    table = [("ACCOUNT", "ZONE", "NAME", "NAME_RU", "NAME_KK")]
    table += [(_key(row), row["number"], row["name"], row["name_ru"], row["name_kk"]) for row in rows]
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    for line in table:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


@command.command(
    "export",
    epilog="Example: ptsn zones export -o zones.csv",
    help="Write the names of zones as CSV. The file imports again as it is.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, readable for you only.")
@config_option
def export(output: Path | None, config: Path) -> None:
    """Write to standard output or a file."""
    from receiver.accounts import ZONE_COLUMNS, write_csv
    from receiver.settings import load

    rows = _rows(load(config), "")
    if output is None:
        write_csv(sys.stdout, rows, ZONE_COLUMNS)
        return
    fd = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8", newline="") as stream:
        os.fchmod(fd, 0o600)
        write_csv(stream, rows, ZONE_COLUMNS)


@command.command(
    "remove",
    epilog="Example: ptsn zones remove L5#1234 15",
    help="Remove the names of zones NUMBER of ACCOUNT (a name as `accounts list` shows it), or with --all of all.",
)
@click.argument("account")
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every zone of the account.")
@config_option
def remove(account: str, numbers: Sequence[str], everything: bool, config: Path) -> None:
    """One call a zone."""
    from receiver.settings import load

    if bool(numbers) == everything:
        raise click.UsageError("name the zones to remove, or give --all for every zone of the account")
    identity = _identity(account)
    settings = load(config)
    with open_book(settings, "ptsn zones") as book:
        for number in numbers or ("",):
            answer = book.remove_zones({**identity, "number": number})
            click.echo(f"removed {account} {number}" if number else f"removed {answer['removed']} of {account}")


def _rows(settings: Settings, account: str) -> list[dict[str, str]]:
    """Zones as column to value. A station that does not run is not disturbed: its file is only read."""
    from contextlib import closing

    from ptsn.client import is_running
    from receiver.accounts import AccountStore, NoAccountError
    from receiver.accounts.zone_names import zone_row

    key = _key(_identity(account)) if account else ""
    if is_running(settings.socket):
        with open_book(settings) as book:
            return book.zones(key)
    with closing(AccountStore(settings.accounts, read_only=True)) as store:
        accounts = store.all()
        table = store.zones(accounts)
    known = {one.account_key: one for one in accounts}
    if key and key not in known:
        raise NoAccountError(f"there is no account {key!r}")
    return [zone_row(known[one], zone) for one in ((key,) if key else table) for zone in table.get(one, {}).values()]


def _identity(account: str) -> dict[str, str]:
    from receiver.accounts.identity import parse_key

    parsed = parse_key(account)
    if parsed is None:
        raise click.UsageError(f"{account!r} is not an account: 1 to 16 letters and digits, or a name such as L5#1234")
    return {
        "account": parsed.account,
        "adapter": parsed.adapter,
        "prefix": parsed.prefix,
        "receiver": parsed.receiver,
    }


def _key(row: dict[str, Any]) -> str:
    from receiver.accounts import Identity

    return Identity(row["account"], row["adapter"], row["prefix"], row["receiver"]).key
