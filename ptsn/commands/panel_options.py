"""What the commands of ``ptsn panel`` make of their options."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptsn.commands.panel_given import STRICT, Given
from ptsn.commands.panel_radio import RADIO, equipped, kept

if TYPE_CHECKING:
    from panels.brand import Profile
    from panels.keys import KeptKey
    from panels.panel import Habits, Identity
    from panels.path import Way
    from receiver.adapters.endpoints import Listen, SerialDevice, Target

SILENCE = (
    "      A receiver is silent for a wrong key, for clear text where it wants encryption, and perhaps for an\n"
    "      account it does not know; on a ptsn station `ptsn tail --wire` says which."
)


def advice(reason: str, protocol: str, way: Way) -> str:
    """What to look at when no answer comes, blank for other reasons; a line protocol has no key to be wrong."""
    from receiver.adapters.endpoints import Listen, SerialDevice

    silent = "no answer" in reason
    if protocol == "dc09":
        return SILENCE if silent else ""
    if isinstance(way, SerialDevice) and protocol != RADIO:
        if not silent:
            return ""
        line = f"{way.baudrate} {way.bytesize}{way.parity}{way.stopbits:g}"
        return (
            "      Look at the cable (its TxD at our RxD, ground connected; RS-232 and RS-485 do not mix), at the\n"
            f"      speed and parity (here {line}), whether the other side speaks {protocol}, and, where it is a\n"
            "      ptsn station, that its adapter has no listen_only = true; there `ptsn tail --wire` shows what\n"
            "      arrives."
        )
    if protocol == RADIO:
        return _radio_advice(reason, isinstance(way, Listen))
    called = isinstance(way, Listen)
    other = "--to, where the receiver listens and we call it" if called else "--listen, where the receiver calls us"
    if not silent:
        return f"      Is it the right role? Else {other}." if "no connection" in reason else ""
    return (
        f"      Does the other side speak {protocol}? Is it the right role (else {other})?\n"
        "      A ptsn station whose adapter has listen_only = true never answers; there `ptsn tail --wire` shows\n"
        "      what arrives. Behind a converter of serial lines look at its cable and speed, too."
    )


def _radio_advice(reason: str, called: bool) -> str:
    if "no acknowledgement" in reason:
        return (
            "      Does the station know the unit and this key (there: ptsn radio key list), is its modem on the same\n"
            "      channel with the same settings, and is the account two-way? There `ptsn tail --wire` shows what\n"
            "      arrives, and the journal says what was refused and why."
        )
    if "no connection" not in reason:
        return ""
    other = "--to, for a modem that listens" if called else "--listen, where the station calls us as its modem"
    return f"      Is it the right role? Else {other}."


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


def read_target(given: Given, profile: Profile) -> Way:
    """Whom it speaks to, or where it waits for a call. Raises click.BadParameter, click.UsageError."""
    if (given.target is None) is (given.listen is None):
        missing = "Missing option '--to', a receiver to call; or '--listen', a port that the receiver calls."
        which = missing if given.target is None else "--to and --listen exclude each other"
        raise click.UsageError(which)
    if given.target is not None:
        return read_way(given.target, "--to", profile)
    assert given.listen is not None
    return read_listen(given.listen)


def read_listen(text: str) -> Listen:
    """A port of our own that the receiver calls. Raises click.BadParameter."""
    from receiver.adapters.endpoints import EndpointError, parse_listen

    try:
        port = parse_listen(text)
    except EndpointError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from error
    if port.transport != "tcp":
        raise click.BadParameter(f"{text}: only TCP can be called; write it like tcp:5000", param_hint="--listen")
    return port


def read_way(text: str, option: str, profile: Profile) -> Target | SerialDevice:
    """An address of a receiver that the profile's protocol can reach. Raises click.BadParameter."""
    from protocols.wires import find
    from receiver.adapters.endpoints import SERIAL, EndpointError, parse_connect, parse_target

    try:
        parse = parse_connect if text.strip().lower().startswith(f"{SERIAL}:") else parse_target
        way = parse(text)
    except EndpointError as error:
        raise click.BadParameter(str(error), param_hint=option) from error
    can = find(profile.protocol).transports
    if way.transport not in can:
        raise click.BadParameter(
            f"{profile.protocol} does not go over {way.transport}; it goes over {' and '.join(sorted(can))}",
            param_hint=option,
        )
    return way


def note_transport(given: Given, profile: Profile, way: Way) -> None:
    """Say so when such a panel does not report that way."""
    its = profile.transport
    called = its.value == "tcp" and its.role == "is-called"
    if given.profile is None or profile.name.startswith("strict-") or profile.protocol == RADIO:
        return
    listens = given.listen is not None
    usual = f"reports over {its.value}"
    if called and not listens:
        usual = "is called by the station: use --listen"
    elif listens and not called and its.value == way.transport:
        usual = "calls the station itself: use --to"
    elif its.value == way.transport:
        return
    click.echo(f"note: a panel of profile {profile.name} {usual}", err=True)


def read_profile(name: str | None, protocol: str | None = None) -> Profile:
    """A profile by name or file, or that of a protocol. Raises click.BadParameter."""
    from panels.brand import ProfileError
    from panels.profiles import PLAIN, load
    from protocols.wires import UnknownWireError, find

    try:
        wanted = None if protocol is None else find(protocol).name
    except UnknownWireError as error:
        raise click.BadParameter(str(error), param_hint="--protocol") from error
    try:
        profile = load(name or (STRICT if wanted is None else PLAIN[wanted]))
    except ProfileError as error:
        raise click.BadParameter(str(error), param_hint="--profile") from error
    if wanted not in (None, profile.protocol):
        raise click.BadParameter(
            f"a panel of profile {profile.name} speaks {profile.protocol}; leave out --protocol or --profile",
            param_hint="--protocol",
        )
    return profile


def identity_of(profile: Profile, given: Given) -> Identity:
    """Who the panel is. Raises click.BadParameter."""
    from panels.brand import ProfileError
    from panels.habits import DC09
    from panels.panel import Identity

    try:
        account = profile.checked_account(given.account)
    except ProfileError as error:
        raise click.BadParameter(str(error), param_hint="--account") from error
    dc09 = profile.protocol == DC09
    if profile.protocol == RADIO:
        for option, value in (
            *(("--key", given.key), ("--prefix", given.prefix), ("--receiver", given.receiver), ("--line", given.line)),
            *(("--encoding", given.encoding), ("--time-zone", given.time_zone)),
        ):
            if value is not None:
                raise click.BadParameter("a radio unit has none; leave it out", param_hint=option)
        return Identity(account=account)
    for option, value, only in (
        ("--key", given.key, True),
        ("--prefix", given.prefix, True),
        ("--line", given.line, False),
        ("--encoding", given.encoding, False),
    ):
        if value is not None and only is not dc09:
            why = "only DC-09 has it" if only else "DC-09 has none"
            if option == "--encoding":
                why = "with DC-09 it is --quirk encoding=..."
            raise click.BadParameter(f"{why}, and this panel speaks {profile.protocol}", param_hint=option)
    receiver = given.receiver
    if receiver is not None and dc09:
        receiver = hex_digits(receiver, 1, 6, "--receiver")
    inner = profile.inner_of(account)
    return Identity(
        account=account,
        prefix=profile.prefix_of(account) if given.prefix is None else hex_digits(given.prefix, 1, 6, "--prefix"),
        receiver=profile.receiver_of(account) if receiver is None else receiver,
        line=profile.account.line if given.line is None else given.line,
        inner_account=None if inner == account else inner,
        key=None if given.key is None else read_key(given.key, "--key"),
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


def habits_of(profile: Profile, who: Identity, given: Given, *, test_s: float | None = None, **changes: Any) -> Habits:
    """How the panel writes and dials: by the profile, unless options say otherwise. Raises click.BadParameter.

    A radio unit is taken up here; ``test_s`` is the interval of its tests, None for that of its file, 0 for none.
    """
    from panels.panel import Habits
    from panels.speaking import with_quirks
    from protocols.lines.sending import QuirksError, UnsendableError

    timings = profile.timings
    habits = Habits(
        protocol=profile.protocol,
        edition=profile.edition.value,
        quirks=profile.quirks(who.key),
        departures=profile.departures,
        encoding=profile.coding.encoding if given.encoding is None else given.encoding,
        keep=profile.transport.connection == "kept",
        attempts=given.attempts or timings.attempts,
        ack_timeout_s=given.timeout or timings.ack_timeout_s,
        connect_timeout_s=given.timeout or timings.ack_timeout_s,
        **changes,
    )
    wanted = ({} if given.pieces is None else {"pieces": str(given.pieces)}) | quirks_of(given.quirks)
    wanted |= _clock_zone(profile, given.time_zone)
    radio = given.radio.unit is not None
    try:
        habits = with_quirks(who, equipped(given.radio, profile, habits, test_s) if radio else habits, wanted)
    except QuirksError as error:
        raise click.BadParameter(str(error), param_hint="--quirk") from error
    except UnsendableError as error:
        raise click.UsageError(str(error)) from error
    return kept(given.radio, habits, given.state) if radio else habits


def _clock_zone(profile: Profile, zone: str | None) -> dict[str, str]:
    """The quirk that sets the zone of a panel's clock. Raises click.BadParameter."""
    if zone is None:
        return {}
    from panels.habits import DC09
    from panels.speaking import sentences
    from protocols.local_time import zone_of

    if profile.protocol == DC09:
        why = "stamps of DC-09 are UTC; for a panel that departs from that it is --quirk stamp_zone=ZONE"
        raise click.BadParameter(why, param_hint="--time-zone")
    names = [name for name in ("time_zone", "clock_zone") if name in sentences(profile.protocol)]
    if not names:
        raise click.BadParameter(f"messages of {profile.protocol} say no time; leave it out", param_hint="--time-zone")
    if zone_of(zone) is None:
        raise click.BadParameter(
            f"{zone!r} is not known here; give a name such as Asia/Almaty", param_hint="--time-zone"
        )
    return {names[0]: zone}


def quirks_of(written: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` and ``NAME`` by their names; the last one of a name counts."""
    parts = (quirk.partition("=") for quirk in written)
    return {name.strip(): value for name, _, value in parts}


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
