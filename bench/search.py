"""The search: what its index costs the station, how fast it is made, and how fast it answers."""

from __future__ import annotations

import random
import time
from pathlib import Path

from bench.frames import panels
from bench.options import Options
from bench.processes import Station
from bench.table import Table, ratio, say, spread
from bench.throughput import MOST, Series
from protocols.catalogue.events import CONTACT_ID, SIA, all_events
from receiver.accounts import Account
from receiver.journal.entry import Body, EntryKind, rfc3339
from receiver.journal.reader import JournalReader
from receiver.journal.store import Group, JournalStore
from receiver.search import Query, Search
from receiver.search.names import Names
from receiver.search.store import IndexStore

SITES = 5000
BEGAN = 1_700_000_000
_TEXTS = ("", "", "", "Room 5", "Кабинет 12", "Кіреберіс", "Коридор, 2 этаж")


def measure(options: Options, folder: Path) -> Table:
    """The station with and without, in turns; then a journal of its own to search in."""
    with_index, without = _station(options, folder)
    journal = folder / "searched.db"
    _fill(journal, options.found)
    began, cpu = time.perf_counter(), time.process_time()
    search = Search(journal)
    with JournalReader(journal) as reader:
        store = IndexStore(search.path, reader, reserve=0)
        while store.follow():
            pass
        store.close()
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    table = Table(f"Searching {options.found:,} entries of {SITES:,} sites", "question", "ms", "entries found")
    sites = [Account(account=f"{1000 + at}", name=f"School {at}", name_ru=f"Школа № {at}") for at in range(SITES)]
    names = Names(sites)
    for title, query in _questions(options.found):
        waits = []
        for _ in range(max(3, options.rounds)):
            began = time.perf_counter()
            found = search.find(query, names)
            waits.append((time.perf_counter() - began) * 1e3)
        table.row(title, spread(waits, ".1f"), f"{len(found.ids)}, hidden {found.hidden}")
    size = search.path.stat().st_size / options.found
    table.note(
        f"The index is made at {options.found / seconds:,.0f} entries/s: {used / options.found * 1e6:.0f} us of "
        f"processor time and {size:.0f} bytes each."
    )
    table.note(
        f"The station with its index: {spread(with_index.rates)} messages/s, {spread(with_index.cpu_us, '.0f')} us of "
        "processor time each;"
    )
    table.note(
        f"without: {spread(without.rates)} messages/s, {spread(without.cpu_us, '.0f')} us; "
        f"ratio of processor time {spread(ratio(with_index.cpu_us, without.cpu_us), '.2f')}."
    )
    return table


def _station(options: Options, folder: Path) -> tuple[Series, Series]:
    count = options.connections
    with (
        Station(folder / "indexed", count, "thread") as indexed,
        Station(folder / "unindexed", count, "unindexed") as unindexed,
    ):
        rows = (
            Series("with the index", indexed, panels(count, False), MOST["plain"]),
            Series("without", unindexed, panels(count, False), MOST["plain"]),
        )
        for row in rows:
            row.round(min(0.5, options.seconds), keep=False)
        for number in range(options.rounds):
            for row in rows:
                result = row.round(options.seconds)
                say(f"round {number + 1}/{options.rounds}  {row.name}: {result.per_second:,.0f}/s")
    return rows


def _fill(path: Path, count: int) -> None:
    """A journal of signals as panels send them, one a second."""
    chance = random.Random(1)
    events = [*all_events(CONTACT_ID)[:60], *all_events(SIA)[:60]]
    store = JournalStore(path)
    for first in range(0, count, 1000):
        groups = []
        for at in range(BEGAN + first, BEGAN + min(first + 1000, count)):
            event, account = chance.choice(events), str(1000 + chance.randrange(SITES))
            body = Body(
                kind=EntryKind.SIGNAL,
                node="bench",
                received_at=rfc3339(at),
                adapter="ip",
                protocol="dc09",
                token="ADM-CID",
                account=account,
                account_key=account,
                scheme=event.scheme,
                code=event.code,
                qualifier=chance.choice(("new", "restore")),
                category=event.category if chance.random() < 0.7 else "test",
                priority=event.priority,
                partition="01",
                subject=event.subject,
                number=f"{chance.randrange(40):03d}",
                text=chance.choice(_TEXTS) if chance.random() > 0.001 else "rarely said",
            )
            groups.append(Group((body,), at * 1_000_000))
        store.commit(groups)
    store.close()


def _questions(count: int) -> list[tuple[str, Query]]:
    middle = (BEGAN + count // 2) * 1_000_000
    return [
        ("the newest", Query()),
        ("a rare word of a text", Query(text="rarely")),
        ("a common event word", Query(text="пожара")),
        ("an event word and a word of a text", Query(text="fire кабинет")),
        ("an account", Query(account="1234")),
        ("beginning of account numbers", Query(text="123")),
        ("a word that names every site", Query(text="школа fire")),
        ("all alarms", Query(text="тревога")),
        ("a zone's number at every site", Query(text="шлейф 13")),
        ("an hour in the middle", Query(from_us=middle, to_us=middle + 3_600_000_000)),
        ("a word that nothing has", Query(text="nowhere")),
    ]
