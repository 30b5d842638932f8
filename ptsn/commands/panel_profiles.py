"""``ptsn panel profiles``: the brands there are, and where what is known of them is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from panels.brand import Profile, Switch


@click.command(epilog="Example: ptsn panel profiles ajax")
@click.argument("name", required=False)
def profiles(name: str | None) -> None:
    """List the profiles that --profile takes, or show one in full, with the source of every fact.

    NAME may be a file of your own (mine.toml), which is checked by this.
    """
    from panels.profiles import load, names

    if name is not None:
        click.echo("\n".join(_in_full(load(name))))
        return
    known = [load(each) for each in names()]
    width = max(len(profile.name) for profile in known)
    for profile in known:
        its = profile.identity
        whose = f"{its.maker} {its.model}: " if its.maker != "none" else ""
        departs = ", ".join(f"{name} = {_value(switch)}" for name, switch in profile.switches.items())
        click.echo(f"{profile.name:{width}}  {whose}{its.what}")
        spoken = f"{profile.protocol}, {profile.coding.scheme.value}, {_transport(profile)}"
        click.echo(f"{'':{width}}  {spoken}; {departs or 'no quirks'}")
        click.echo(f"{'':{width}}  from: {its.source}")


def _in_full(profile: Profile) -> list[str]:
    from panels.habits import DC09, FIRST_RECEIVER, RADIO
    from protocols.wires import find

    its = profile.identity
    account, coding, timings = profile.account, profile.coding, profile.timings
    lines = [f"{profile.name}: {its.maker} {its.model}, {its.what}", f"    from: {its.source}", ""]
    lines += [f"protocol: {find(profile.protocol).title}"]
    least, most = account.digits
    digits = f"{least} to {most} digits" if least < most else f"{most} digits"
    if profile.protocol == RADIO:
        named = "as it was enrolled"
    elif profile.protocol == DC09:
        named = f"prefix {account.prefix!r}, receiver {account.receiver!r}, inside the data {account.inner!r}"
    else:
        named = f"receiver {profile.receiver_of('') or FIRST_RECEIVER!r}, line {account.line!r}"
    facts = [
        ("account", f"{digits}, {named}", account.source),
        *([("edition", f"DC-09-{profile.edition.value.value}", profile.edition.source)] * (profile.protocol == DC09)),
        ("transport", f"{_transport(profile)}, connection {profile.transport.connection}", profile.transport.source),
        (
            "timings",
            f"answer within {timings.ack_timeout_s:g} s, {timings.attempts} attempts, link test every "
            f"{timings.link_test_s:g} s, on the backup path every {timings.backup_link_test_s:g} s",
            timings.source,
        ),
        (
            "coding",
            f"{coding.scheme.value}, names: {coding.names}{f', encoding {coding.encoding}' if coding.encoding else ''}",
            coding.source,
        ),
        *([("radio", _radio(profile), profile.radio.source)] * (profile.protocol == RADIO)),
        *((f"quirk {name}", _value(switch), switch.source) for name, switch in profile.switches.items()),
    ]
    for what, value, source in facts:
        lines += [f"{what}: {value}", f"    from: {source}"]
    lines += ["", "codes"]
    for happening, code in sorted(profile.codes.items()):
        ends = f" / {code.ends}" if code.ends else ""
        own = profile.own_codes.get(happening)
        lines.append(f"    {happening:14} {code.begins}{ends}{f'    from: {own}' if own else ''}")
    lines += ["", "site"]
    lines += [f"    partition {each.number}: {each.name.en}" for each in profile.partitions]
    lines += [
        f"    zone {each.number}: {each.name.en}, {each.kind}, partition {each.partition}" for each in profile.zones
    ]
    lines += [f"    user {each.number}: {each.name.en}" for each in profile.users]
    return lines


def _transport(profile: Profile) -> str:
    its = profile.transport
    return f"{its.value}, called by the station" if its.role == "is-called" else its.value


def _radio(profile: Profile) -> str:
    its = profile.radio
    copies = f", {its.copies} copies of everything" if its.ways.value == "one-way" else ""
    return f"{its.ways}{copies}, Contact ID {'as text' if its.ascii_form else 'in nibbles'}"


def _value(switch: Switch) -> str:
    value = switch.value
    text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return text if switch.when == "always" else f"{text} ({switch.when})"
