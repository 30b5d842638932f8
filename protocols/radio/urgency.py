"""How urgent a message is on the air, by what it says."""

from __future__ import annotations

from protocols import catalogue
from protocols.channel import Priority
from protocols.ends import LinkTest, Message
from protocols.model import Qualifier, Signal

_BY_CATEGORY = {
    "panic": Priority.PANIC,
    "medical": Priority.PANIC,
    "fire": Priority.FIRE,
    "burglary": Priority.BURGLARY,
    "tamper": Priority.BURGLARY,
    "general": Priority.BURGLARY,
    "24h": Priority.BURGLARY,
    "custom": Priority.BURGLARY,
    "open_close": Priority.OPEN_CLOSE,
    "access": Priority.OPEN_CLOSE,
    "schedule": Priority.OPEN_CLOSE,
    "test": Priority.TEST,
    "log": Priority.TEST,
}


def urgency(message: Message) -> Priority:
    """The place of a message in the queue: danger to people and fire first, whatever their code is called."""
    if isinstance(message, LinkTest):
        return Priority.TEST
    if not isinstance(message, Signal):
        return Priority.BURGLARY
    event = catalogue.find(message.scheme, message.code)
    if message.qualifier is not Qualifier.NEW or event.category == "restore":
        return Priority.TROUBLE if event.category not in ("open_close", "access") else Priority.OPEN_CLOSE
    found = _BY_CATEGORY.get(event.category, Priority.TROUBLE)
    # Gas and the like: danger to life that has no category of its own.
    return min(found, Priority.FIRE) if event.priority == 1 else found


_MAINS = {("contact-id", "301"), ("sia", "AT"), ("sia", "AR")}


def is_of_mains(signal: Signal) -> bool:
    """Whether mains failed or came back: many sites tell so in the same second."""
    return (signal.scheme.value, signal.code) in _MAINS
