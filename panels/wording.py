"""Happenings into signals: codes, digits and names as a profile writes them."""

from __future__ import annotations

from msgspec.structs import replace

from panels.brand import Profile, Zone
from panels.happenings import Code
from protocols import catalogue
from protocols.catalogue import find
from protocols.model import Qualifier, Scheme, Signal

TITLE = 15
"""Columns of the name of an event in front of the name of its place (a captured block of a Galaxy)."""
ROOM = "R"
"""The extended data that names a room."""


class Wording:
    """How the panel of one account says things. Pure."""

    def __init__(self, profile: Profile, account: str, language: str = "en") -> None:
        self._profile = profile
        self._account = account
        self._language = language
        self._areas = {each.number: each.name[language] for each in profile.partitions}
        self._users = {each.number: each.name[language] for each in profile.users}

    def of_zone(self, happening: str, zone: Zone, at: float | None, *, ends: bool = False) -> Signal | None:
        """What happened in a zone; None when the profile has no code for it."""
        number = zone.number + self._profile.coding.zone_offset
        return self._signal(happening, ends, at, zone.partition, number, zone.name[self._language])

    def of_user(
        self, happening: str, partition: int, user: int | None, at: float | None, *, ends: bool = False
    ) -> Signal | None:
        """What a user did in a partition; ``user`` None where nobody stood at the panel."""
        return self._signal(
            happening, ends, at, partition, user, self._users.get(-1 if user is None else user, ""), by_user=True
        )

    def of_panel(
        self, happening: str, at: float | None, *, ends: bool = False, number: int | None = None
    ) -> Signal | None:
        """What happened to the panel itself."""
        return self._signal(happening, ends, at, None, number, "")

    def _signal(
        self,
        happening: str,
        ends: bool,
        at: float | None,
        partition: int | None,
        number: int | None,
        name: str,
        *,
        by_user: bool = False,
    ) -> Signal | None:
        code = self._profile.codes.get(happening)
        if code is None:
            return None
        coding = self._profile.coding
        if coding.scheme is Scheme.CONTACT_ID:
            signal = self._contact_id(code, ends, partition, number)
        elif coding.scheme is Scheme.OTHER:
            signal = self._other(code, ends)
        else:
            letters = code.ends if ends else code.begins
            if not letters:
                return None
            signal = self._sia(letters, code, partition, number, by_user)
        changes: dict[str, object] = {"occurred_at": at}
        if coding.names in ("text", "area-and-text"):
            changes["text"] = name
        elif coding.names == "event-and-text":
            changes["text"] = self._titled(signal, name)
        elif coding.names == "room" and name and not by_user:
            changes["extended"] = {ROOM: [name]}
        if coding.names == "area-and-text" and signal.partition and partition is not None:
            changes["details"] = {"ri-text": [self._areas[partition]]}
        return replace(signal, **changes)

    def _titled(self, signal: Signal, name: str) -> str:
        """Sign, name of the event and name of the place, each at its column: ``+FIRE ALARM      Hall``."""
        sign = "-" if signal.qualifier is Qualifier.RESTORE else "+"
        title = catalogue.name(signal.scheme, signal.code, signal.qualifier, self._language).upper()
        return f"{sign}{title[:TITLE]:{TITLE}}{name}".rstrip()

    def _contact_id(self, code: Code, ends: bool, partition: int | None, number: int | None) -> Signal:
        subject = find("contact-id", code.begins).subject
        digits = f"{number:03}" if number is not None else code.number.rjust(3, "0")
        return Signal(
            account=self._account,
            scheme=Scheme.CONTACT_ID,
            code=code.begins,
            qualifier=Qualifier.RESTORE if ends else Qualifier.NEW,
            partition=f"{partition:02}" if partition is not None else code.partition.rjust(2, "0"),
            subject=subject,
            number=digits,
            user=digits if subject == "user" else "",
        )

    def _other(self, code: Code, ends: bool) -> Signal:
        """A code of no standard, and nothing else: what is known of those that send such."""
        return Signal(
            account=self._account,
            scheme=Scheme.OTHER,
            code=(ends and code.ends) or code.begins,
            qualifier=Qualifier.RESTORE if ends else Qualifier.NEW,
        )

    def _sia(self, letters: str, code: Code, partition: int | None, number: int | None, by_user: bool) -> Signal:
        coding = self._profile.coding
        event = find("sia", letters)
        digits = f"{number:0{coding.number_digits}}" if number is not None else code.number
        # A user whom the code has no place for goes into the modifier "id".
        apart = by_user and event.subject != "user"
        return Signal(
            account=self._account,
            scheme=Scheme.SIA,
            code=letters,
            qualifier=Qualifier.RESTORE if event.category == "restore" else Qualifier.NEW,
            partition=f"{partition:0{coding.partition_digits}}" if partition is not None else code.partition,
            subject=event.subject,
            number="" if apart else digits,
            user=digits if apart or event.subject == "user" else "",
        )
