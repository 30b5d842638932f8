"""The keys that are tried on every encrypted message, and what may be told of them: never their bytes.

The commonest mistake with a key is its form: the panel takes for characters what was meant as hex digits, or the other
way round. Where the same characters make a key in the other form, too, that one is tried after those given.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from panels.inspection import KeyInfo
from protocols.model import Dialect, Key

HEX, TEXT = "hex", "text"
_SIZES = (16, 24, 32)


class Given(Struct, frozen=True):
    """A key as it was given: its bytes and the form of the text that they were read from."""

    material: bytes
    form: str

    def __repr__(self) -> str:
        return f"<a key of {len(self.material)} bytes>"


class KeyRing(Struct, frozen=True):
    """All keys to try."""

    dialect: Dialect
    """For every account."""
    infos: dict[str, KeyInfo]
    """By ``Key.owner``."""

    @property
    def given(self) -> tuple[KeyInfo, ...]:
        """Those that were given."""
        return tuple(info for info in self.infos.values() if info.as_given)


def ring(given: Sequence[Given], encoding: str = "utf-8") -> KeyRing:
    """The keys given, in their order, then what they are in the other form. ``encoding`` is that of texts."""
    keys: list[Key] = []
    infos: dict[str, KeyInfo] = {}
    others: list[tuple[Key, KeyInfo]] = []
    for number, each in enumerate(given, 1):
        owner = str(number)
        keys.append(Key(each.material, owner))
        infos[owner] = KeyInfo(number=number, bits=8 * len(each.material), form=each.form)
        for form, material in _other_forms(each):
            other = f"{owner}.{len(others) + 1}"
            info = KeyInfo(number=number, bits=8 * len(material), form=form, as_given=False)
            others.append((Key(material, other), info))
    for key, info in others:
        if all(key.material != known.material for known in keys):
            keys.append(key)
            infos[key.owner] = info
    return KeyRing(Dialect(known=False, keys=tuple(keys), encoding=encoding), infos)


def _other_forms(given: Given) -> list[tuple[str, bytes]]:
    if given.form == TEXT:
        try:
            found = [bytes.fromhex(given.material.decode("ascii"))]
        except ValueError:
            return []
        return [(HEX, each) for each in found if len(each) in _SIZES]
    digits = given.material.hex()
    return [(TEXT, each.encode()) for each in (digits.upper(), digits) if len(digits) in _SIZES]
