"""Who must not be answered: keys, protected accounts and strangers.

An account that must encrypt is protected whichever way it is named, in the header or inside the data: its
signals come only under its own key or that of a communicator listed for it.

A line that hands on the messages of many panels one after another stands still as long as one of them is refused:
said again there, a refused message is let go (:class:`RefusedOnLines`). Where the station only listens, nobody hears
the refusal and says the message again: it is let go at once.
"""

from __future__ import annotations

from msgspec import Struct

from protocols import dc09
from protocols.model import Arrival, ArrivalKind, Identity, Protection
from receiver.accounts import Account, may_bring
from receiver.intake.bodies import FindAccount


class Refusal(Struct, frozen=True):
    """Why a message is refused, or is worth a security entry."""

    code: str
    """``security.*``, the code of the journal entry."""
    why: str
    """Id of the reason for the wire view."""
    text: str
    """For the journal. Carries no peer bytes."""
    account_key: str = ""
    """The protected account concerned."""
    account: str = ""
    """Its number, where the header names another one."""


NO_KEY = Refusal("security.no-key", "no-key", "encrypted, and no key is entered for this account")
WRONG_KEY = Refusal(
    "security.wrong-key", "wrong-key", "encrypted with another key than the one entered for this account"
)
STRANGER = Refusal(
    "security.unknown-account",
    "unknown-account",
    "the account is not in the accounts list, and the station is silent then",
)
STALE = Refusal("security.stale", "stale", "its time stamp is missing, or outside the window")
REPLAYED = Refusal("security.replayed", "same-frame", "an encrypted frame came again from another host")
RENUMBERED = Refusal(
    "security.renumbered", "same-frame", "an encrypted frame came again under another sequence number or message type"
)


BY_RADIO = {
    "forged": Refusal(
        "security.radio-forged",
        "radio-forged",
        "a radio datagram that the key of its unit does not open: forged, or damaged",
    ),
    "unknown": Refusal(
        "security.radio-unknown", "radio-unknown", "a radio datagram of a unit, or under a key, that is not enrolled"
    ),
    "foreign": Refusal("security.radio-foreign", "radio-foreign", "a radio datagram of another network"),
}
"""What the wire itself refuses (``Arrival.refused``)."""
RADIO_REPLAYED = Refusal(
    "security.radio-replayed",
    "radio-replayed",
    "a radio datagram whose counter was used before, or is too old: a recording, or the unit lost its counter (then "
    "enrol it anew: ptsn radio key roll)",
)
RADIO_REUSED = Refusal(
    "security.radio-counter-reused",
    "radio-reused",
    "another radio datagram under a counter that was used before: the unit lost its counter; enrol it anew: ptsn radio "
    "key roll",
)
RADIO_GARBLED = Refusal("security.radio-garbled", "radio-garbled", "frames on the radio channel that hold no datagram")


def refusal_of(
    arrival: Arrival, adapter: str, header: Account | None, find: FindAccount, silent_to_strangers: bool
) -> Refusal | None:
    """Why this arrival must not be answered, or None. ``header`` is the account of its header, if known."""
    protection = arrival.protection
    if arrival.refused:
        return BY_RADIO[arrival.refused]
    if protection is Protection.FAILED:
        if header is None or not header.key:
            return NO_KEY
        return Refusal(WRONG_KEY.code, WRONG_KEY.why, WRONG_KEY.text, header.account_key)
    if protection is Protection.NONE and header is not None and header.must_encrypt:
        text = "came in the clear, but this account must encrypt"
        return Refusal("security.plain", "plain", text, header.account_key)
    stranger = header is None
    named = {arrival.inner, *(signal.account for signal in arrival.signals)}
    for account in named:
        if not account or account == arrival.account:
            continue
        inner = find(adapter, arrival.receiver, arrival.prefix, account)
        if inner is None:
            continue
        stranger = False
        if not inner.must_encrypt or inner is header:
            continue
        if protection is Protection.NONE:
            return Refusal(
                "security.plain",
                "plain-inside",
                "names inside its data an account that must encrypt, but came in the clear",
                inner.account_key,
                inner.account,
            )
        if not may_bring(inner, arrival.key_owner, header):
            return Refusal(
                "security.not-its-key",
                "not-its-key",
                "names inside its data an account that must encrypt, under a key that is not listed for it",
                inner.account_key,
                inner.account,
            )
    # Who holds the key of an enrolled radio unit is no stranger.
    if stranger and silent_to_strangers and arrival.counter is None and not _is_of_the_line(arrival):
        return STRANGER
    return None


def _is_of_the_line(arrival: Arrival) -> bool:
    """A heartbeat of the receiver that hands messages on names no account, and is no stranger's."""
    nobody = not (arrival.account or arrival.inner)
    return nobody and arrival.kind is ArrivalKind.LINK_TEST and arrival.protocol != dc09.PROTOCOL


class RefusedOnLines:
    """The last messages that were refused on lines whose ends tell a repetition by themselves."""

    def __init__(self, at_most: int = 1000) -> None:
        self._at_most = at_most
        self._known: dict[tuple[str, int | None, bytes], None] = {}

    def is_kept(self, identity: Identity | None, *, heard_once: bool = False) -> bool:
        """Whether this message was refused before, once. Remembers it when it was not.

        ``heard_once``: nothing is answered where it came from, so that it may never come again.
        """
        if identity is None or not identity.fleeting:
            return False
        if heard_once:
            return True
        key = identity.scope, identity.number, identity.content
        if key in self._known:
            del self._known[key]
            return True
        if len(self._known) >= self._at_most:
            del self._known[next(iter(self._known))]
        self._known[key] = None
        return False
