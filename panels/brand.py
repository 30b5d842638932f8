"""What is known of one brand of panel: the parts of a profile. ``panels.profiles`` reads them from files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from panels.happenings import Code
from protocols.dc09.quirks import Quirks
from protocols.errors import UserError
from protocols.model import Edition, Scheme
from protocols.radio import PROTOCOL as RADIO
from protocols.radio.book import Ways

UNPROVEN = "unproven"
LEFT_OUT, ACCOUNT = "left-out", "account"
"""Values of ``prefix`` and ``receiver``: not written at all; the account's own digits."""

Source = Annotated[str, Meta(min_length=len(UNPROVEN))]
"""Where a fact is from, or ``unproven``."""
Number = Annotated[int, Meta(ge=0, le=999)]
Seconds = Annotated[float, Meta(gt=0, le=604_800)]


class ProfileError(UserError, ValueError):
    """A profile that cannot be used. The text names the file and the key."""


class Names(Struct, frozen=True, forbid_unknown_fields=True):
    """One name in the three languages."""

    en: str
    ru: str
    kk: str

    def __getitem__(self, language: str) -> str:
        return {"en": self.en, "ru": self.ru, "kk": self.kk}[language]


class Numbered(Struct, frozen=True, forbid_unknown_fields=True):
    """A partition or a user."""

    number: Number
    name: Names


class Zone(Struct, frozen=True, forbid_unknown_fields=True):
    """A zone of the site."""

    number: Number
    partition: Number
    kind: str
    """One of ``panels.happenings.ZONE_KINDS``."""
    name: Names


class Maker(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose panel it is."""

    maker: str
    model: str
    what: str
    """What sort of device, for people."""
    source: Source


class AccountForm(Struct, frozen=True, forbid_unknown_fields=True):
    """How it writes who it is."""

    digits: tuple[int, int] = (3, 16)
    """Least and most digits of an account."""
    prefix: str = "0"
    """DC-09, behind ``L``; empty for the letter alone, ``left-out``, ``account``."""
    receiver: str = LEFT_OUT
    """Behind ``R``; ``left-out``, ``account``. The receiver's number with other protocols."""
    line: str = "1"
    """The receiver's line; not with DC-09."""
    inner: str = ACCOUNT
    """DC-09: the account inside the data."""
    source: Source = UNPROVEN


class Spoken(Struct, frozen=True, forbid_unknown_fields=True):
    """The edition of DC-09."""

    value: Edition = Edition.E2013
    source: Source = UNPROVEN


class Transport(Struct, frozen=True, forbid_unknown_fields=True):
    """How it dials."""

    value: Literal["tcp", "udp", "serial"] = "tcp"
    role: Literal["calls", "is-called"] = "calls"
    """TCP: who connects. Hardware receivers wait to be called by the station."""
    connection: Literal["kept", "per-message"] = "kept"
    source: Source = UNPROVEN


class Timings(Struct, frozen=True, forbid_unknown_fields=True):
    """How patient it is. Seconds."""

    ack_timeout_s: Seconds = 10.0
    attempts: Annotated[int, Meta(ge=1, le=100)] = 3
    link_test_s: Seconds = 60.0
    backup_link_test_s: Seconds = 900.0
    """On the backup path, as long as the main one works."""
    source: Source = UNPROVEN


class Coding(Struct, frozen=True, forbid_unknown_fields=True):
    """How its events are written."""

    scheme: Scheme
    partition_digits: Annotated[int, Meta(ge=1, le=6)] = 1
    number_digits: Annotated[int, Meta(ge=1, le=6)] = 1
    """Least digits of partitions, zones and users in SIA; Contact ID has two and three."""
    zone_offset: Annotated[int, Meta(ge=0, le=9000)] = 0
    """Added to the numbers of zones on the wire (SIA): a Galaxy counts from 1001."""
    only: tuple[str, ...] | None = None
    """The happenings that it can report; None for all."""
    names: Literal["none", "text", "event-and-text", "area-and-text", "room"] = "none"
    """Names go nowhere, into the event's text, behind the name of the event there, with the area's name besides (SIA),
    or into ``[R...]`` (DC-09)."""
    encoding: str = ""
    """Of texts, a Python codec; empty for what is usual in the protocol. DC-09 has a quirk for it."""
    source: Source = UNPROVEN


class RadioForm(Struct, frozen=True, forbid_unknown_fields=True):
    """How a radio unit speaks; with the protocol radio, and no other."""

    ways: Ways = Ways.TWO
    copies: Annotated[int, Meta(ge=1, le=20)] = 3
    """One-way: how often it says everything."""
    ascii_form: bool = False
    """Contact ID as text."""
    source: Source = UNPROVEN


class Switch(Struct, frozen=True, forbid_unknown_fields=True):
    """One departure and where it was seen."""

    value: bool | int | str
    source: Source
    when: Literal["always", "clear", "encrypted"] = "always"
    """The messages that it is seen in."""


class Profile(Struct, frozen=True, kw_only=True):
    """A brand."""

    name: str
    protocol: str
    """The name of a wire (``protocols.wires``)."""
    identity: Maker
    account: AccountForm
    edition: Spoken
    transport: Transport
    timings: Timings
    coding: Coding
    codes: Mapping[str, Code]
    """Of every happening that it can report."""
    own_codes: Mapping[str, str]
    """Happenings that it codes otherwise than the standard, and the source of that."""
    switches: Mapping[str, Switch]
    """The quirks that are no default, by the names that the protocol gives them."""
    departures: Mapping[str, bool | int | str]
    """Their values; empty with DC-09."""
    clear: Quirks
    """DC-09: its quirks while it has no key."""
    encrypted: Quirks
    partitions: tuple[Numbered, ...]
    zones: tuple[Zone, ...]
    users: tuple[Numbered, ...]
    radio: RadioForm = RadioForm()

    def quirks(self, key: bytes | None) -> Quirks:
        """Its quirks with that key, or without one."""
        return self.clear if key is None else self.encrypted

    def checked_account(self, account: str) -> str:
        """The account in capitals. Raises ProfileError for one that such a panel cannot have."""
        if self.protocol == RADIO:
            return account.upper()  # as it was enrolled
        least, most = self.account.digits
        if not least <= len(account) <= most or not re.fullmatch(r"[0-9A-Fa-f]+", account):
            count = f"{least}" if least == most else f"{least} to {most}"
            raise ProfileError(f"account {account!r}: a panel of profile {self.name} has {count} hex digits")
        return account.upper()

    def prefix_of(self, account: str) -> str | None:
        """What it writes behind ``L``; None when it leaves the field out."""
        return _part(self.account.prefix, account)

    def receiver_of(self, account: str) -> str | None:
        """What it writes behind ``R``; None when it leaves the field out."""
        return _part(self.account.receiver, account)

    def inner_of(self, account: str) -> str:
        """The account inside the data."""
        return _part(self.account.inner, account) or account


def _part(form: str, account: str) -> str | None:
    return None if form == LEFT_OUT else account if form == ACCOUNT else form
