"""What an inspection may not claim: whose fault it is, and what nobody could read."""

from __future__ import annotations

import pytest

from panels.inspection import Grade, conduct
from panels.inspection.broken import BadCrc, bad_crc
from panels.inspection.frames import SAMPLE, sample
from panels.inspection.notes import NoiseNote, NothingNote
from protocols.model import Noise
from tests.panels.test_inspection import INFO, Bench, cid, secret
from tests.support import frames

BROKEN_OFF = "broken off by the other side, or by the network"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def keyed() -> Bench:
    """A check that was given a key."""
    return Bench({"key 1": INFO})


def reasons(bench: Bench) -> list[str]:
    return [reason.id for reason in bench.report().reasons]


def test_a_panel_that_does_not_use_the_key_given_deviates() -> None:
    """Told once, counted with every message."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, cid(bench))
    bench.send(line, frames.null(when=bench.stamp()))
    assert bench.told() == [conduct.NOT_ENCRYPTED]
    assert [(each.id, each.count) for each in bench.panel().findings] == [(conduct.NOT_ENCRYPTED, 2)]
    assert bench.report().grade is Grade.WORKS


def test_without_a_key_nothing_is_said_of_the_clear(bench: Bench) -> None:
    """Nobody asked for encryption."""
    bench.send(bench.connect(), cid(bench))
    assert bench.ids() == set()
    assert bench.report().grade is Grade.CONFORMS


def test_a_panel_that_begins_to_encrypt_is_told_as_mixed_alone() -> None:
    """One departure, not two."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, cid(bench))
    bench.send(line, secret(bench, sequence=2))
    assert bench.ids() == {conduct.MIXED_PROTECTION}


@pytest.mark.parametrize(("given", "cause"), [(False, "no-key"), (True, "wrong-key")])
def test_a_key_that_the_check_lacks_is_not_the_panels_failure(given: bool, cause: str) -> None:
    """It is named first, alone, and the panel is not judged."""
    bench = keyed() if given else Bench()
    line = bench.connect()
    bench.send(line, frames.secret(key=b"another key 1234"))
    assert bench.panel().findings[0].id == f"dc09.cipher.{cause}"
    assert conduct.REFUSED not in bench.ids()
    assert reasons(bench) == [cause]
    assert (bench.panel().grade, bench.report().grade) == (Grade.NOT_JUDGED, Grade.NOT_JUDGED)


def test_a_message_under_another_key_than_the_others_fails() -> None:
    """The key given was right: this is the panel's own doing."""
    bench = keyed()
    line = bench.connect()
    bench.send(line, secret(bench))
    bench.send(line, frames.secret(key=b"another key 1234", sequence=2))
    assert reasons(bench) == ["refused"]
    assert bench.report().grade is Grade.FAILS


def test_a_failure_beside_a_missing_key_still_fails(bench: Bench) -> None:
    """The worst decides."""
    bench.send(bench.connect(1), secret(bench))
    bench.send(bench.connect(2, "192.0.2.8"), frames.frame(b'"ADM-CID"0001L0#77AA[rubbish]'))
    assert bench.report().grade is Grade.FAILS


def test_a_stamp_that_names_no_date_is_no_missing_stamp(bench: Bench) -> None:
    """It is there."""
    line = bench.connect()
    bench.send(line, frames.frame(b'"ADM-CID"0001L0#1234[#1234|1130 01 015]_25:61:61,13-45-2026'))
    bench.send(line, frames.cid(sequence=2))
    clock = bench.panel().clock
    assert (clock.skew.count, clock.undated, clock.unstamped) == (0, 1, 1)


@pytest.mark.parametrize("broken", [False, True], ids=["sealed", "damaged"])
def test_a_panel_that_hangs_up_unanswered_is_not_told_as_cut(bench: Bench, broken: bool) -> None:
    """What else should it do?"""
    line = bench.connect()
    bench.send(line, cid(bench))
    bench.send(line, cid(bench).replace(b"1130", b"1131") if broken else secret(bench, sequence=2))
    bench.hang_up(line, BROKEN_OFF)
    assert conduct.CUT_CONNECTIONS not in bench.ids()
    answered = bench.connect(2)
    bench.send(answered, cid(bench, sequence=3))
    bench.hang_up(answered, BROKEN_OFF)
    assert conduct.CUT_CONNECTIONS in bench.ids()


def test_a_wrong_crc_is_told_with_account_and_both_crcs(bench: Bench) -> None:
    """At once and in the report; without any message the verdict is about that frame."""
    good = cid(bench)
    bad = good.replace(b"1130", b"1131")
    line = bench.connect()
    bench.send(line, bad)
    bench.send(line, bad)
    body = bad[bad.index(b'"') : -1]
    expected = BadCrc(account="1234", given=good[1:5].decode(), computed=f"{frames.crc16(body):04X}")
    (seen,) = bench.report().noise
    assert (seen.crc, seen.count) == (expected, 2)
    assert [note.crc for note in bench.notes if isinstance(note, NoiseNote)] == [expected, None]
    assert (reasons(bench), bench.report().grade) == (["damaged"], Grade.FAILS)
    bench.mono += 30
    (nothing,) = bench.inspection.tick(bench.now)
    assert isinstance(nothing, NothingNote)
    assert (nothing.noise, nothing.broken) == (2, 2)


@pytest.mark.parametrize(
    "noise",
    [Noise(b"\nBEB9", "dc09.crc-mismatch", 4000), Noise(b"GET /", "http", 5), Noise(b"", "dc09.crc-mismatch", 0)],
)
def test_of_bytes_that_are_not_whole_no_crc_is_claimed(noise: Noise) -> None:
    """A part of a frame has another one."""
    assert bad_crc(noise) is None


def test_messages_of_types_without_a_place_are_counted(bench: Bench) -> None:
    """Every message is in some number."""
    line = bench.connect()
    for number in range(200):
        bench.send(line, frames.frame(b'"X%d"0001L0#1234[#1234|x]' % number))
    panel = bench.panel()
    assert len(panel.tokens) == 50
    assert sum(panel.tokens.values()) + panel.tokens_left_out == 200


@pytest.mark.parametrize("damaged", [b"F;543210\x87", b"g?543210\x87", b"F?5C3210\x87", b"F543210\x87"])
def test_a_sample_shows_no_remote_code_of_a_damaged_block(damaged: bytes) -> None:
    """Of panels that speak SIA, or may do so; of others nothing changes."""
    for protocol in ("sia", "auto"):
        shown = sample(damaged, protocol)
        assert len(shown) == len(damaged)
        assert not any(digits in shown for digits in ("543", "321", "210"))
        at_the_end = sample(b"x" * (SAMPLE - 5) + damaged, protocol)
        assert len(at_the_end) == SAMPLE
        assert "54" not in at_the_end[-5:]
    assert sample(b"5011 181234E130?123456\x90", "surgard") == "5011 181234E130?123456\x90"
