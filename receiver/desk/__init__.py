"""Alarms as a state machine over journal entries: pure, no I/O, no clock."""

from receiver.desk.alarm import Alarm, Change, Condition, Restoration, troubles
from receiver.desk.checkpoint import Checkpoint, Settled, decode_checkpoint, encode_checkpoint
from receiver.desk.desk import CLOSED, SEEN, Desk, DeskError

__all__ = [
    "CLOSED",
    "SEEN",
    "Alarm",
    "Change",
    "Checkpoint",
    "Condition",
    "Desk",
    "DeskError",
    "Restoration",
    "Settled",
    "decode_checkpoint",
    "encode_checkpoint",
    "troubles",
]
