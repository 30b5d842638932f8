"""The paths as rows of a list: lost first, then those never heard, then the others by their account."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime

from msgspec import Struct
from rich.cells import cell_len

from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.state.filters import matches
from tui.state.model import PathRow
from tui.telling import Teller
from tui.widgets.virtual_list import Column, Row

ORDER = ("lost", "never", "ok")
UNWATCHED = "unwatched"
COUNTED = (*ORDER, UNWATCHED)
"""What is counted apart; ``ok`` are those that are watched."""
Key = tuple[str, str, str, str]


class Clock(Struct, frozen=True):
    """What the ages and the time left are counted from."""

    now: datetime | None
    """The station's time in the zone of the console; None while nobody knows it."""
    passed_s: float
    """Seconds since the paths were asked for."""


def key_of(path: PathRow) -> Key:
    """What a path is told by."""
    return path.account_key or path.account, path.adapter, path.protocol, path.path


def state_of(path: PathRow) -> State:
    """How it stands."""
    if path.state == "lost":
        return State.LOST
    if path.state == "never":
        return State.NEVER
    return State.OK if path.supervised else State.PLAIN


def columns(language: str, *, radio: bool = False) -> list[Column]:
    """All of them; a narrow list shows the first to be needed. ``radio``: with those of radio paths."""

    def title(name: str) -> str:
        return texts.text("views", f"paths.{name}", language)

    words = [look.word(state, language) for state in (State.LOST, State.NEVER, State.OK)]
    words.append(texts.text("views", "paths.unwatched", language))
    more = [Column("level", title("level"), 12, drop=3, since=110), Column("loss", title("loss"), 6, drop=3, since=110)]
    return [
        Column("account", title("account"), 8),
        Column("site", title("site"), grow=3, least=21, most=40, named=True),
        Column("state", title("state"), max(map(cell_len, words))),
        Column("heard", title("heard"), 11),
        Column("age", title("age"), 12),
        Column("left", title("left"), 12, drop=2),
        *(more if radio else ()),
        Column("adapter", title("adapter"), 10, drop=4),
        Column("interval", title("interval"), 14, drop=5, since=110),
        Column("path", title("path"), cell_len(title("path")), drop=6, since=110),
        Column("peer", title("peer"), 21, drop=7, since=110),
        Column("protocol", title("protocol"), 9, drop=8, since=110),
    ]


def is_radio(path: PathRow) -> bool:
    """Whether it is a radio unit's, and how that is received is known."""
    return path.hops is not None


def level(path: PathRow, language: str) -> str:
    """How well a radio unit is received: ``-87 dBm``, or the quality where nobody measures the level."""
    if path.level is not None:
        shown = texts.text("console", "radio.dbm", language, n=f"{path.level:.0f}")
    elif path.quality is not None:
        shown = texts.text("console", "radio.quality", language, n=f"{100 * path.quality:.0f}")
    else:
        return "–" if is_radio(path) else ""
    return f"{look.mark(State.URGENT)} {shown}" if path.low else shown


def loss(path: PathRow) -> str:
    """The share of its last tests that was missed."""
    return "" if path.loss is None else f"{100 * path.loss:.0f} %"


class PathSource:
    """The rows of the page: those that fit the words, in order."""

    def __init__(self, teller: Teller, language: str) -> None:
        self.teller = teller
        self._language = language
        self._rows: list[PathRow] = []
        self._places: dict[Hashable, int] = {}
        self.clock = Clock(None, 0.0)
        self.counts: dict[str, int] = {}
        """Of all paths, by state."""
        self.radio = False
        """Some are of radio units: rows have cells for that."""

    def take(self, paths: Sequence[PathRow], *, words: str = "", trouble_only: bool = False) -> None:
        """The paths as they are now; ``words``: all of them must stand somewhere in a row."""
        self.counts = dict.fromkeys(COUNTED, 0)
        self.radio = any(map(is_radio, paths))
        for path in paths:
            state = UNWATCHED if state_of(path) is State.PLAIN else path.state
            self.counts[state] = self.counts.get(state, 0) + 1
        chosen = [path for path in paths if not trouble_only or path.state != "ok"]
        if words.split():
            chosen = [path for path in chosen if matches(words, self._texts(path))]
        rank = {state: at for at, state in enumerate(ORDER)}
        self._rows = sorted(chosen, key=lambda path: (rank.get(path.state, len(rank)), path.account, key_of(path)))
        self._places = {key_of(path): at for at, path in enumerate(self._rows)}

    def _texts(self, path: PathRow) -> tuple[str, ...]:
        return path.account, self._site(path), path.adapter, path.protocol, path.peer

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, index: int) -> PathRow:
        """The path at a place."""
        return self._rows[index]

    def key(self, index: int) -> Hashable:
        """Account, adapter, protocol and letter."""
        return key_of(self._rows[index])

    def index(self, key: Hashable) -> int | None:
        """Where a path stands."""
        return self._places.get(key)

    def row(self, index: int) -> Row:
        """A path in words."""
        path = self._rows[index]
        state = state_of(path)
        word = self._say("paths.unwatched") if state is State.PLAIN else look.word(state, self._language)
        cells = (
            path.account,
            self._site(path),
            word,
            self._heard(path),
            self._age(path),
            self._left(path),
            *((level(path, self._language), loss(path)) if self.radio else ()),
            path.adapter,
            self.teller.duration(path.interval_s) if path.interval_s else "",
            path.path,
            path.peer,
            path.protocol,
        )
        return Row(key_of(path), cells, state, strong=state is State.LOST)

    def _site(self, path: PathRow) -> str:
        return self.teller.site_name(path.account_key)

    def _say(self, id_: str) -> str:
        return texts.text("views", id_, self._language)

    def _heard(self, path: PathRow) -> str:
        if not path.last_heard:
            return "–"
        whole = self.teller.date_time(path.last_heard)
        today = self.clock.now is not None and whole.startswith(f"{self.clock.now:%Y-%m-%d}")
        return whole[11:] if today else f"{whole[8:10]}.{whole[5:7]} {whole[11:16]}"

    def _age(self, path: PathRow) -> str:
        """How long ago that was. Nobody knows while the station's clock is not known."""
        if not path.last_heard or self.clock.now is None:
            return "–"
        try:
            heard = datetime.fromisoformat(path.last_heard)
        except ValueError:
            return "–"
        return self.teller.duration(max(0.0, (self.clock.now - heard).total_seconds()))

    def _left(self, path: PathRow) -> str:
        if path.left_s is None or self.clock.now is None or path.state == "lost":
            return ""
        left = path.left_s - self.clock.passed_s
        return self.teller.duration(left) if left > 0 else self._say("paths.due")
