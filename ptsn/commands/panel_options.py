"""Options that the commands of ``ptsn panel`` share, and what they make of them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from panels.brand import Profile
    from panels.keys import KeptKey
    from panels.panel import Habits, Identity
    from protocols.ends import Source
    from receiver.adapters.endpoints import Target

STRICT = "strict-2013"
"""The profile of panels that were given none."""
KEY_HELP = (
    "Encrypt with this key: HEX digits, text:KEY, or @FILE with either in it. "
    "A key on the command line is visible to every user of this machine (ps); @FILE is not."
)
SILENCE = (
    "      A receiver is silent for a wrong key, for clear text where it wants encryption, and perhaps for an\n"
    "      account it does not know; on a ptsn station `ptsn tail --wire` says which."
)

F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType[float]):
    """``30s``, ``5m``, ``1h`` or a plain number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        if isinstance(value, float):
            return value  # a default; a shell that completes a line must not wait for the import below
        from panels.words import ActionError, seconds

        try:
            found = seconds(str(value))
        except ActionError as error:
            self.fail(str(error), param, ctx)
        if found <= 0:
            self.fail(f"{value!r} is not a duration; write it like 30s, 5m or 1h", param, ctx)
        return found


def _complete_profile(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of profiles; of files of one's own where none begins like that."""
    from importlib import resources

    from click.shell_completion import CompletionItem

    # Not panels.profiles.names: importing that takes longer than anybody waits for a Tab.
    files = (file.name for file in resources.files("panels").joinpath("profiles").iterdir())
    names = sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


_SHARED = (
    click.option("--to", "target", required=True, metavar="ADDR", help="Receiver: tcp:HOST:PORT or udp:HOST:PORT."),
    click.option("--account", required=True, help="Account number, 3 to 16 hex digits."),
    click.option(
        "--profile",
        metavar="NAME|FILE",
        shell_complete=_complete_profile,
        help=f"Be a panel of this brand; `ptsn panel profiles` lists them.  [default: {STRICT}]",
    ),
    click.option("--key", metavar="HEX|text:KEY|@FILE", help=KEY_HELP),
    click.option("--prefix", help="Account prefix (L), 1 to 6 hex digits.  [default: the profile's, mostly 0]"),
    click.option("--receiver", help="Receiver number (R), 1 to 6 hex digits.  [default: the profile's, mostly none]"),
    click.option(
        "--attempts", type=click.IntRange(1, 100), help="Tries for each message.  [default: the profile's, 3]"
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, 600, min_open=True),
        help="Seconds to wait for an answer, and for a connection.  [default: the profile's, 10]",
    ),
    click.option(
        "--pieces",
        type=click.IntRange(1, 100),
        default=1,
        show_default=True,
        help="Write each frame in so many pieces (TCP).",
    ),
    click.option(
        "--state",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File where the sequence numbers go on from run to run; with it a key that a receiver gives goes on too, "
        "in FILE.keys.  [default: ~/.local/state/ptsn/counters.json]",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Print what is sent and what comes back."),
)


def shared(command: F) -> F:
    """The options of every command that is a panel."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def read_target(text: str, option: str) -> Target:
    """An address. Raises click.BadParameter."""
    from receiver.adapters.endpoints import EndpointError, parse_target

    try:
        return parse_target(text)
    except EndpointError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def note_transport(profile: Profile, target: Target) -> None:
    """Say so when such a panel does not report that way."""
    if profile.transport.value != target.transport and not profile.name.startswith("strict-"):
        click.echo(f"note: a panel of profile {profile.name} reports over {profile.transport.value}", err=True)


def read_profile(name: str | None) -> Profile:
    """A profile by name or file. Raises click.BadParameter."""
    from panels.brand import ProfileError
    from panels.profiles import load

    try:
        return load(name or STRICT)
    except ProfileError as error:
        raise click.BadParameter(str(error), param_hint="--profile") from error


def identity_of(profile: Profile, account: str, key: str | None, prefix: str | None, receiver: str | None) -> Identity:
    """Who the panel is. Raises click.BadParameter."""
    from panels.brand import ProfileError
    from panels.panel import Identity

    try:
        account = profile.checked_account(account)
    except ProfileError as error:
        raise click.BadParameter(str(error), param_hint="--account") from error
    inner = profile.inner_of(account)
    return Identity(
        account=account,
        prefix=profile.prefix_of(account) if prefix is None else hex_digits(prefix, 1, 6, "--prefix"),
        receiver=profile.receiver_of(account) if receiver is None else hex_digits(receiver, 1, 6, "--receiver"),
        inner_account=None if inner == account else inner,
        key=None if key is None else read_key(key, "--key"),
    )


def kept_key(who: Identity, state: Path | None) -> tuple[Identity, KeptKey | None]:
    """The panel with the key in force, and where a new one is kept; None without ``state``, or without a key."""
    from msgspec.structs import replace

    from panels.keys import KeptKey, KeyFile

    if state is None or who.key is None:
        return who, None
    kept = KeptKey(KeyFile.beside(state), who.counter, who.key)
    if kept.exchanged:
        click.echo(f"note: {kept.exchanged}", err=True)
    return replace(who, key=kept.key), kept


def habits_of(
    profile: Profile, who: Identity, attempts: int | None, timeout: float | None, pieces: int, **changes: Any
) -> Habits:
    """How the panel writes and dials: by the profile, unless options say otherwise."""
    from panels.panel import Habits

    timings = profile.timings
    return Habits(
        edition=profile.edition.value,
        quirks=profile.quirks(who.key),
        keep=profile.transport.connection == "kept",
        attempts=attempts or timings.attempts,
        ack_timeout_s=timeout or timings.ack_timeout_s,
        connect_timeout_s=timeout or timings.ack_timeout_s,
        pieces=pieces,
        **changes,
    )


def read_key(text: str, option: str) -> bytes:
    """A key as people write it: hex digits, ``text:KEY`` or ``@FILE``. The key itself is in no error message."""
    if text.startswith("@"):
        path = Path(text[1:])
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise click.BadParameter(f"the key file {path} cannot be read: {why}", param_hint=option) from None
    if text.startswith("text:"):
        key = text[5:].encode("utf-8")
        what = f"{len(key)} characters"
    elif re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
        key = bytes.fromhex(text)
        what = f"{len(text)} hex digits"
    else:
        raise click.BadParameter(
            "the key is not hex digits; a key of other characters is written text:KEY", param_hint=option
        )
    if len(key) not in (16, 24, 32):
        allowed = "16, 24 or 32 characters behind text:, or 32, 48 or 64 hex digits"
        raise click.BadParameter(f"the key has {what}; allowed: {allowed}", param_hint=option)
    return key


def hex_digits(text: str, least: int, most: int, option: str) -> str:
    """So many hex digits, in capitals. Raises click.BadParameter."""
    if not least <= len(text) <= most or not re.fullmatch(r"[0-9A-Fa-f]+", text):
        raise click.BadParameter(f"{text!r} is not {least} to {most} hex digits", param_hint=option)
    return text.upper()


class Printer:
    """Shows the wire, and keeps the last thing worth knowing about it."""

    def __init__(self, verbose: bool, say: Callable[[str], None] = click.echo) -> None:
        self._verbose = verbose
        self._say = say
        self._notes: deque[str] = deque(maxlen=10)

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""
        self._show("<-", data)

    def sent(self, source: Source, data: bytes) -> None:
        """Bytes went out."""
        self._show("->", data)

    def note(self, source: Source, text: str) -> None:
        """Something about the connection."""
        self._notes.append(text)
        if self._verbose:
            self._say(f"-- {text}")

    def hint(self, reason: str) -> str:
        """The last note that says something else than the reason, in brackets."""
        for text in reversed(self._notes):
            if reason not in text and not any(piece in reason for piece in text.split(": ", 1)):
                return f" ({text})"
        return ""

    def _show(self, direction: str, data: bytes) -> None:
        if self._verbose:
            # Control bytes are shown as \n, \r, \x1b: nothing a peer sends reaches the terminal as it is.
            self._say(f"{direction} {data.decode('latin-1').encode('unicode_escape').decode('ascii')}")
