"""Every profile of DC-09 against the receiving end: its panel is understood, and shows just what its quirks imply."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from panels import profiles
from panels.brand import Profile
from panels.habits import DC09
from protocols import ends
from protocols.dc09 import ReceivingEnd, SendingEnd, cipher
from protocols.dc09.quirks import STRICT, Quirks
from protocols.ends import LinkTest, Outcome, OutcomeKind, Source
from protocols.model import Arrival, ArrivalKind, Dialect, Key, Moment, Severity, Signal, Verdict
from receiver.adapters.counters import MemoryCounters
from tests.panels.everything import account_for, everything

DC09_PROFILES = [name for name in profiles.names() if profiles.load(name).protocol == DC09]
KEY = bytes(range(16))
NOW = Moment(1_800_000_000.0, 1000.0)
TELLING = 8
"""Less padding than this may look like anything by chance."""
CONDUCT = {"window", "on_duh", "on_nak", "retry_stamp"}
"""Switches that no single frame shows."""


def end_of(profile: Profile, key: bytes | None, quirks: Quirks | None = None) -> SendingEnd:
    """Its end of the wire."""
    account = account_for(profile)
    return SendingEnd(
        account=account,
        counters=MemoryCounters(),
        counter="",
        prefix=profile.prefix_of(account),
        receiver=profile.receiver_of(account),
        inner_account=profile.inner_of(account),
        key=key,
        edition=profile.edition.value,
        quirks=profile.quirks(key) if quirks is None else quirks,
        random_bytes=lambda count: bytes(range(128, 128 + count)),
    )


def receiver_for(profile: Profile, key: bytes | None) -> ReceivingEnd:
    """A station that knows the account."""
    account = account_for(profile)
    keys = () if key is None else (Key(key, account),)
    dialect = Dialect(known=True, account_key=account, keys=keys, edition=profile.edition.value)
    return ReceivingEnd(Source("ip", "dc09", "peer", "host"), lambda *_: dialect)


def messages_of(profile: Profile) -> list[ends.Message]:
    """A link test, and everything else."""
    return [LinkTest(account_for(profile)), *everything(profile, NOW.wall)]


def implied(profile: Profile, key: bytes | None, message: ends.Message, frame: bytes) -> set[str]:
    """The findings that identity and quirks of a profile must lead to in one frame, and no others."""
    quirks, account = profile.quirks(key), profile.account
    event = isinstance(message, Signal)
    binary = quirks.crc == "binary"
    hexadecimal = frame[3:7] if binary else frame[1:9]
    secret = b"" if key is None else frame.rpartition(b"[")[2].rstrip(b"\0").removesuffix(b"\r")
    padding = 0 if key is None else len(re.split(rb"[|\]]", cipher.decrypt(key, bytes.fromhex(secret.decode())))[0])
    found = {
        "dc09.crc.binary": binary,
        "dc09.crc.counts-the-cr": quirks.counts_cr and key is None,
        "dc09.framing.nul-after-cr": quirks.trailer == "\0",
        "dc09.header.prefix-empty": account.prefix == "",
        "dc09.header.leading-zeros": len(account.prefix) > 1 and account.prefix.isdigit() and account.prefix[0] == "0",
        "dc09.header.repeats-account": "account" in (account.prefix, account.receiver),
        "dc09.header.lower-case": hexadecimal != hexadecimal.upper(),
        "dc09.null.sequence": not event and quirks.link_test_sequence != 0,
        "dc09.null.filler": not event and quirks.link_test_data != "",
        "dc09.data.no-hash": event and quirks.inner_account == "bare",
        "dc09.data.account-zero": event and set(account.inner) == {"0"},
        "sia.pi-as-area": event and quirks.area == "pi" and isinstance(message, Signal) and message.partition != "",
        "dc09.time.none": quirks.stamp == "never" and key is None,
        "dc09.cipher.constant-padding": quirks.pad == "constant" and padding >= TELLING,
        "dc09.cipher.printable-padding": quirks.pad == "alphanumeric" and padding >= TELLING,
        "dc09.cipher.no-bar-in-link-test": quirks.bar == "events" and key is not None and not event,
        "dc09.cipher.lower-case": secret != secret.upper(),
    }
    return {id_ for id_, holds in found.items() if holds}


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("name", DC09_PROFILES)
def test_everything_a_profile_says_is_understood(name: str, key: bytes | None) -> None:
    """The right event, just the findings that its quirks imply, and an acknowledgement that it takes."""
    profile = profiles.load(name)
    sender, receiver = end_of(profile, key), receiver_for(profile, key)
    for message in messages_of(profile):
        sender.submit(message, NOW)
        frame = sender.data_to_send()
        (arrival,) = receiver.receive(frame, NOW)
        assert isinstance(arrival, Arrival), frame
        assert {finding.id for finding in arrival.findings} == implied(profile, key, message, frame), frame
        if isinstance(message, Signal):
            assert arrival.kind is ArrivalKind.EVENT
            (signal,) = arrival.signals
            stamped = profile.quirks(key).stamp == "always" or key is not None
            expected = replace(message, occurred_at=NOW.wall if stamped else None)
            assert replace(signal, extended=expected.extended) == expected, frame
            assert signal.extended == message.extended
        else:
            assert arrival.kind is ArrivalKind.LINK_TEST
        receiver.decide(arrival, Verdict.STORED if isinstance(message, Signal) else Verdict.ALIVE, NOW)
        (outcome,) = sender.receive(receiver.data_to_send(), NOW)
        assert isinstance(outcome, Outcome)
        assert outcome.kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("name", [name for name in profiles.names() if name.startswith("strict-")])
def test_a_strict_profile_gives_no_deviation(name: str, key: bytes | None) -> None:
    """Not even a note, so that whatever a receiver complains of is the receiver's."""
    profile = profiles.load(name)
    sender, receiver = end_of(profile, key), receiver_for(profile, key)
    for message in messages_of(profile):
        sender.submit(message, NOW)
        (arrival,) = receiver.receive(sender.data_to_send(), NOW)
        assert isinstance(arrival, Arrival)
        assert [finding for finding in arrival.findings if finding.severity is not Severity.NOTE] == []
        receiver.decide(arrival, Verdict.STORED, NOW)
        sender.receive(receiver.data_to_send(), NOW)


SWITCHES = [(name, switch) for name in DC09_PROFILES for switch in profiles.load(name).switches]


@pytest.mark.parametrize(("name", "switch"), SWITCHES)
def test_no_switch_is_dead(name: str, switch: str) -> None:
    """Put back to the standard, it changes what goes over the wire."""
    profile = profiles.load(name)
    if switch in CONDUCT:
        assert conduct(profile, profile.clear, switch) != conduct(
            profile, replace(profile.clear, **{switch: getattr(STRICT, switch)}), switch
        )
        return
    changed = False
    for key in (None, KEY):
        quirks = profile.quirks(key)
        without = replace(quirks, **{switch: getattr(STRICT, switch)})
        changed = changed or frames(profile, key, quirks) != frames(profile, key, without)
    assert changed


def frames(profile: Profile, key: bytes | None, quirks: Quirks) -> list[bytes]:
    """What it sends for everything, each as if it were the first."""
    found = []
    for message in messages_of(profile):
        sender = end_of(profile, key, quirks)
        sender.submit(message, NOW)
        found.append(sender.data_to_send())
    return found


def conduct(profile: Profile, quirks: Quirks, switch: str) -> object:
    """What it does where no single frame shows it."""
    sender, receiver = end_of(profile, None, quirks), receiver_for(profile, None)
    first, second = everything(profile, NOW.wall)[:2]
    sender.submit(first, NOW)
    sender.submit(second, NOW)
    sent = sender.data_to_send()
    if switch == "window":
        return sent
    (arrival,) = receiver.receive(sent, NOW)
    assert isinstance(arrival, Arrival)
    receiver.decide(arrival, Verdict.MALFORMED, NOW)
    return len(sender.receive(receiver.data_to_send(), NOW)), sender.data_to_send()


def test_names_of_zones_in_russian_and_kazakh_arrive_as_they_are() -> None:
    """In the room of one brand, in the text of another, at the price of a note."""
    for name in ("dahua", "jablotron"):
        profile = profiles.load(name)
        for language in ("ru", "kk"):
            sender, receiver = end_of(profile, None), receiver_for(profile, None)
            for message in everything(profile, NOW.wall, language):
                sender.submit(message, NOW)
                (arrival,) = receiver.receive(sender.data_to_send(), NOW)
                assert isinstance(arrival, Arrival)
                (signal,) = arrival.signals
                assert (signal.text, signal.extended, signal.details) == (
                    message.text,
                    message.extended,
                    message.details,
                )
                receiver.decide(arrival, Verdict.STORED, NOW)
                sender.receive(receiver.data_to_send(), NOW)
