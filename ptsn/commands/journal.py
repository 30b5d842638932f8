"""``ptsn journal``: export, search and verify."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import click

from ptsn.config import config_option
from ptsn.words import language_option, say


@click.group(epilog="Example: ptsn journal verify -c station.toml")
def command() -> None:
    """Export, search and verify the journal."""


@command.command(
    epilog="Example: ptsn journal export -c station.toml --since 1200 --format csv > signals.csv",
)
@config_option
@language_option
@click.option("--since", type=click.IntRange(min=0), default=0, metavar="ID", help="Only entries after this one.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option(
    "--kind",
    type=click.Choice(["signals", "all"]),
    default="signals",
    show_default=True,
    help="Signals, what was added to them and unread messages, or station events, security and actions too.",
)
def export(config: Path, lang: str | None, since: int, form: str, kind: str) -> None:
    """Write the journal to standard output, one line a signal.

    Works beside a running station and without one. Times are UTC. The column raw holds the message's exact
    bytes as latin-1. CSV has the columns event, site and zone_name besides, in the language of --lang, as the
    accounts name them now. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    from ptsn.export_names import names
    from receiver.journal.export import export_csv, export_jsonl, rows
    from receiver.journal.reader import JournalReader
    from receiver.settings import load

    settings = load(config)
    with JournalReader(settings.journal) as reader:
        exported = rows(reader, since, everything=kind == "all")
        out = sys.stdout
        with suppress(AttributeError):
            out.reconfigure(encoding="utf-8", newline="" if form == "csv" else "\n")  # type: ignore[union-attr]
        if form == "csv":
            export_csv(exported, out, names(settings, lang or settings.language))
        else:
            for line in export_jsonl(exported):
                out.write(line + "\n")


@command.command(epilog='Example: ptsn journal search fire "school 12" --from 3h')
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option("--account", metavar="A", help="Only this account.")
@click.option("--category", metavar="CATEGORY", help="Only this category, such as fire; several with commas between.")
@click.option("--adapter", metavar="NAME", help="Only this adapter.")
@click.option("--from", "from_", metavar="TIME", help='Received since: "2026-11-22 02:00", 02:00, yesterday, 3h (ago).')
@click.option("--to", metavar="TIME", help="Received before.")
@click.option("--all", "everything", is_flag=True, help="Tests and repeats, too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="The station's answer as it is: docs/api.md, GET /v1/search.")
@language_option
@config_option
def search(
    words: tuple[str, ...],
    account: str | None,
    category: str | None,
    adapter: str | None,
    from_: str | None,
    to: str | None,
    everything: bool,
    limit: int,
    as_json: bool,
    lang: str | None,
    config: Path,
) -> None:
    """Find entries by all of these words, through the running station. The newest stands last.

    A word is an event in English, Russian or Kazakh, a code, a site's name or address, an account's number or its
    beginning (from three digits on), a zone's name, or a word of a text or note; "zone 13", "user 3" and "partition 1"
    are numbers. Endings, capitals and letters such as ё and қ do not count. Times are of the station's time zone.
    """
    from ptsn.searching import Asked, run
    from receiver.settings import load

    asked = Asked(" ".join(words), account, category, adapter, from_, to, everything, limit)
    settings = load(config)
    run(settings, asked, lang or settings.language, as_json=as_json)


@command.command(epilog="Example: ptsn journal verify -c station.toml --head 1200:3f...a9")
@config_option
@click.option("--head", metavar="ID:HEX", help="A head noted from an earlier run; the journal must still contain it.")
@language_option
def verify(config: Path, head: str | None, lang: str | None) -> int:
    """Prove that the journal is what was written. Exit 0 when it is, 1 when not.

    Prints the head, the id and digest of the last entry. Note it somewhere else (on paper, in a mail to the
    customer): with --head a later run proves that nothing up to it was changed, removed or put in between.
    Without a noted head nobody can tell whether the whole file was rewritten or its end cut off.
    """
    from receiver.journal.verify import parse_head
    from receiver.journal.verify import verify as run
    from receiver.settings import load

    noted = None
    if head is not None:
        try:
            noted = parse_head(head)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--head") from error
    settings = load(config)
    language = lang or settings.language
    show = sys.stderr.isatty()

    def progress(done: int) -> None:
        if show:
            click.echo(f"\r{done} entries", nl=False, err=True)

    report = run(settings.journal, noted, progress)
    if show:
        click.echo("\r", nl=False, err=True)
    for fault in report.faults:
        click.echo(f"{settings.journal}: {fault}", err=True)
    if report.more_faults:
        click.echo(f"{settings.journal}: {say('journal.more-faults', language, count=report.more_faults)}", err=True)
    click.echo(say("journal.entries", language, count=report.entries, head=f"{report.head_id}:{report.head}"))
    click.echo(say("journal.whole" if report.good else "journal.damaged", language))
    return 0 if report.good else 1
