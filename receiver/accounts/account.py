"""One account, and the columns it has in files, in the database and on the API."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct
from msgspec.structs import force_setattr

from receiver.accounts.identity import Identity

COLUMNS = (
    "account",
    "adapter",
    "prefix",
    "receiver",
    "name",
    "name_ru",
    "name_kk",
    "address",
    "phone",
    "key",
    "key_form",
    "encryption",
    "time_zone",
    "supervision_s",
    "missed",
    "communicators",
    "edition",
    "encoding",
    "numbers",
)

MASK = "********"
"""Stands for a key where keys are not shown. Imported, it leaves the key as it is."""


class Account(Struct, frozen=True, kw_only=True, repr_omit_defaults=True, gc=False):
    """Who reports under a number. Made by :func:`receiver.accounts.merge.merge`, which checks everything."""

    account: str
    """1 to 16 letters and digits, in upper case."""
    adapter: str = ""
    """Only this adapter; blank for any. The same for ``prefix`` and ``receiver``."""
    prefix: str = ""
    receiver: str = ""
    name: str = ""
    name_ru: str = ""
    name_kk: str = ""
    address: str = ""
    phone: str = ""
    key: str = ""
    """As entered: hexadecimal digits, or the characters themselves, as ``key_form`` says."""
    key_form: str = "hex"
    """``hex`` or ``text``."""
    encryption: str = ""
    """``required`` or ``optional``; blank for an account that has nothing to encrypt with."""
    time_zone: str = ""
    """IANA name, blank for that of the adapter, else UTC: for panels that send local time."""
    supervision_s: int | None = None
    """How many seconds a path may be silent; None for as long as it likes."""
    missed: str = ""
    """``3/5``: a path is lost when of its last 5 tests, one a ``supervision_s``, 3 were missed; blank for 1/1."""
    communicators: tuple[str, ...] = ()
    """Names of the accounts whose key may bring this account's signals too."""
    edition: str = ""
    """Edition of DC-09 that its panel follows (``2013``), blank where that is not known."""
    encoding: str = ""
    """Encoding of its texts that is tried first; blank for that of the adapter, else UTF-8, and then Windows-1252."""
    numbers: str = ""
    """``hex`` where zones and users are hexadecimal numbers; blank for decimal."""
    account_key: str = ""
    """The station's own name of the account; made of the identity."""

    def __post_init__(self) -> None:
        force_setattr(self, "account_key", self.identity.key)

    @property
    def identity(self) -> Identity:
        """What tells it apart from others."""
        return Identity(self.account, self.adapter, self.prefix, self.receiver)

    @property
    def must_encrypt(self) -> bool:
        """Whether what comes in the clear is refused."""
        return self.encryption == "required"

    @property
    def rule(self) -> tuple[int, int]:
        """``missed`` as numbers."""
        return _rule(self.missed)

    @property
    def material(self) -> bytes:
        """The bytes of the key: 16, 24 or 32, or none."""
        return bytes.fromhex(self.key) if self.key_form == "hex" else self.key.encode("ascii")

    def row(self, *, with_key: bool = False) -> dict[str, str | int | None]:
        """Column to value, as in files and on the API; the key masked unless it is asked for."""
        values: dict[str, str | int | None] = {column: getattr(self, column) for column in COLUMNS}
        values["communicators"] = " ".join(self.communicators)
        if self.key and not with_key:
            values["key"] = MASK
        if not self.key:
            values["key_form"] = ""
        return values

    def __repr__(self) -> str:
        return f"<Account {self.account_key}{' with a key' if self.key else ''}>"

    __str__ = __repr__


@lru_cache
def _rule(missed: str) -> tuple[int, int]:
    most, _, of = missed.partition("/")
    return (int(most), int(of)) if of else (1, 1)
