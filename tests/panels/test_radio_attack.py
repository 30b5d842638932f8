"""An attacker at the air of a radio network gets nothing believed; and it would be seen if it did."""

from __future__ import annotations

import pytest

from panels.radio.centre import Centre
from panels.radio.siege import Siege
from protocols.datagram import Opened, RadioKey, Standing, Window, cipher
from protocols.datagram.header import SIZE, read
from protocols.datagram.payloads import Ack
from protocols.radio import reading, sending
from protocols.radio.options import Modem
from tests.fuzz.radio import KINDS, besiege


@pytest.mark.parametrize(
    ("kind", "attacks"), [(0, 10000), (1, 5000), (2, 3500), (3, 1500)], ids=["ccm", "chacha", "kiss", "reed-solomon"]
)
def test_nothing_is_believed_that_nobody_said_and_nothing_twice(kind: int, attacks: int) -> None:
    """20,000 attacks in all; the rest is for ``make fuzz``."""
    seen = besiege(25 * len(KINDS) + kind, attacks)
    assert seen.faults == []
    assert seen.attacks.total() >= attacks
    assert len(seen.attacks) >= 18, "some kind of attack was left out"
    assert seen.stored >= attacks / 200, "the others had nothing to say, so there was nothing to attack"
    assert seen.acknowledged >= seen.stored * 0.8
    assert all(seen.refused[why] for why in ("forged", "foreign", "unknown", "seen", "noise")), seen.refused


def opens_everything(datagram: bytes, key: RadioKey) -> Opened | None:
    """A cipher that does not look at the tag."""
    head = read(datagram)
    if head is None or head.key_id != key.key_id or len(datagram) < SIZE + key.suite.tag:
        return None
    good = cipher.open(datagram, key)
    return good or Opened(head, datagram[SIZE : -key.suite.tag], datagram[-key.suite.tag :][:4])


def test_a_centre_that_does_not_look_at_tags_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "open_datagram", opens_everything)
    faults = Siege(1, modem=Modem.TRANSPARENT).run(300)
    assert any("nobody sealed it" in fault for fault in faults)


def test_a_centre_that_forgets_what_it_took_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a restart without its windows."""
    begin = Centre.make

    def forgetful(centre: Centre) -> object:
        centre._windows.clear()
        return begin(centre)

    monkeypatch.setattr(Centre, "make", forgetful)
    siege = Siege(2, modem=Modem.TRANSPARENT)
    siege.network.centre.disk.peril = 0.01
    assert any("taken twice" in fault for fault in siege.run(1500))


def test_a_centre_that_takes_old_numbers_for_new_ones_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Window.ask

    def lenient(window: Window, counter: int, mark: bytes) -> Standing:
        found = ask(window, counter, mark)
        return Standing.NEW if found is Standing.SEEN else found

    monkeypatch.setattr(Window, "ask", lenient)
    assert any("taken twice" in fault for fault in Siege(3, modem=Modem.TRANSPARENT).run(1000))


def test_a_unit_that_believes_any_acknowledgement_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that names any counter counts for what is outstanding."""
    hear = sending.RadioSendingEnd._hear

    def gullible(end: sending.RadioSendingEnd, datagram: bytes, now: object) -> bool:
        opened = end._open(datagram)
        said = None if opened is None else sending.decode(opened.header.type, opened.payload)
        if isinstance(said, Ack) and end._outbox.items:
            item = end._outbox.items[0]
            if item.name is not None:
                outcome = end._events.acknowledged(item.name, said.result)
                end._events.told += [] if outcome is None else [outcome]
                return True
        return hear(end, datagram, now)  # type: ignore[arg-type]

    monkeypatch.setattr(sending.RadioSendingEnd, "_hear", gullible)
    assert any("not stored" in fault for fault in Siege(4, modem=Modem.TRANSPARENT).run(4000))
