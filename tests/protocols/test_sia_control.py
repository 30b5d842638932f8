"""Control of a Galaxy at SIA level 4, both ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.model import Moment, Noise
from protocols.sia import blocks
from protocols.sia.blocks import Block
from protocols.sia.control import (
    BITMAPS,
    LONGEST_S,
    ZONE_STATES,
    ControlClient,
    ControlError,
    Outcome,
    Result,
    bitmap,
    bitmap_command,
    marked,
)
from protocols.sia.control_panel import ControlPanel, Installation

CODE = "543210"
NOW = Moment(1_700_000_000.0, 100.0)


def at(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def ask(command: str, its: Installation, code: str = CODE) -> Result:
    """One session between the two ends, byte by byte."""
    client, panel = ControlClient(code, command, NOW), ControlPanel(CODE, its)
    results: list[Any] = []
    for _ in range(10):
        for byte in client.data_to_send():
            assert not panel.receive(bytes((byte,)), NOW)
        for byte in panel.data_to_send():
            results += client.receive(bytes((byte,)), NOW)
    (result,) = results
    assert isinstance(result, Result)
    assert client.closing
    assert panel.closing
    return result


def test_a_session_is_that_of_the_reference() -> None:
    """Log-in with the factory code, configuration of a Galaxy Flex, one command, its answer."""
    client = ControlClient(CODE, "XZS1011", NOW)
    assert client.data_to_send() == bytes.fromhex("463F35343332313087")
    assert not client.receive(bytes.fromhex("0640414C34423135C6"), NOW)
    assert client.data_to_send() == bytes.fromhex("46585A5331303131E9")
    (result,) = client.receive(bytes.fromhex("08585A53313031312A32BF"), NOW)
    assert result == Result("XZS1011", Outcome.ANSWERED, 4, "ZS1011", b"2")
    assert ZONE_STATES[result.figures[0]] == "closed"
    panel = ControlPanel(CODE, Installation())
    panel.receive(bytes.fromhex("463F35343332313087"), NOW)
    assert panel.data_to_send() == bytes.fromhex("0640414C34423135C6")


def test_areas_are_set_and_asked() -> None:
    """One, or all of them; alarms and readiness are asked under numbers of their own."""
    its = Installation(alarms={2: 1})
    assert ask("CSA1*1", its).outcome is Outcome.ANSWERED
    assert its.areas[1] == 1
    assert ask("CSA1", its).figures == (1,)
    assert ask("CSA", its).figures == (1, *[0] * 31)
    assert ask("CSA91", its).figures == (0, 1, *[0] * 30)
    assert ask("CSA92", its).figures == (1,) * 32
    ask("CSA2*3", its)
    assert ask("CSA91", its).figures == (0,) * 32
    ask("CSA*2", its)
    assert set(its.areas.values()) == {2}
    ask("CSA*0", its)
    assert set(its.areas.values()) == {0}


def test_zones_and_outputs_are_switched_and_asked() -> None:
    """Omitted zones, states, and bitmaps of both halves."""
    its = Installation(zones={1011: 4, 1012: 2, 1158: 4, 2001: 5, 3011: 4, 4158: 3}, in_alarm={1011, 4158})
    assert ask("CSB1011*1", its).figures == (1,)
    assert ask("CSB1011", its).figures == (1,)
    assert ask("XZS501", its).zones == {1011}
    assert ask("CSB1011*0", its).figures == (0,)
    assert ask("XZS1011", its).figures == (4,)
    assert ask("XZS201", its).zones == {1011, 1158}
    assert ask("XZS202", its).zones == {3011}
    assert ask("XZS301", its).zones == {2001}
    assert ask("XZS402", its).zones == {4158}
    assert ask("XZS102", its).zones == {4158}
    assert ask("XZS1", its).zones == {1012}
    assert ask("COR1001*1", its).outcome is Outcome.ANSWERED
    assert its.outputs == {1001: True}
    assert marked(ask("COR1000", its).value) == {1001}


def test_an_answer_is_split_at_its_first_asterisk_only() -> None:
    """2A is the byte of the zones 2, 4 and 6 of an expander."""
    its = Installation(zones=dict.fromkeys((1012, 1014, 1016), 4))
    result = ask("XZS201", its)
    assert result.value[1] == 0x2A
    assert result.zones == {1012, 1014, 1016}


def test_a_byte_of_a_bitmap_is_an_expander_and_its_lowest_bit_the_first_zone() -> None:
    """Byte i of the first line covers 1001 + 10 i to 1008 + 10 i."""
    assert marked(b"\x01\x80") == {1001, 1018}
    assert marked(bytes(16) + b"\x01") == {2001}
    assert marked(bytes(31) + b"\x80", second=True) == {4158}


@given(
    st.frozensets(
        st.builds(
            lambda line, expander, zone: line * 1000 + expander * 10 + zone,
            st.integers(1, 4),
            st.integers(0, 15),
            st.integers(1, 8),
        )
    )
)
def test_any_zones_come_back_from_their_bitmaps(zones: frozenset[int]) -> None:
    """From the two halves together."""
    assert marked(bitmap(zones)) | marked(bitmap(zones, second=True), second=True) == zones


@pytest.mark.parametrize("kind", BITMAPS)
def test_every_bitmap_has_its_command(kind: str) -> None:
    """The panel answers both halves."""
    for second in (False, True):
        assert ask(bitmap_command(kind, second=second), Installation()).outcome is Outcome.ANSWERED


@pytest.mark.parametrize("command", ["CZZ1", "XEV1", "XZS4159", "CSB9999*1", "CSA40*1", "COR"])
def test_what_a_panel_does_not_know_is_rejected(command: str) -> None:
    """And says so."""
    assert ask(command, Installation()).outcome is Outcome.REJECTED


def test_a_wrong_code_is_denied_and_changes_nothing() -> None:
    """Nor does a command without a log-in."""
    its = Installation()
    assert ask("CSA1*1", its, "111111").outcome is Outcome.DENIED
    panel = ControlPanel(CODE, its)
    panel.receive(blocks.build(Block("C", b"SA1*1")), NOW)
    assert panel.data_to_send() == bytes.fromhex("0039C6")
    assert panel.closing
    assert its.areas[1] == 0


def test_one_command_a_log_in() -> None:
    """A second one is not even heard."""
    its = Installation()
    panel = ControlPanel(CODE, its)
    panel.receive(blocks.build(Block("?", CODE.encode())), NOW)
    panel.receive(blocks.build(Block("C", b"SA1*1")) + blocks.build(Block("C", b"SA2*1")), NOW)
    assert (its.areas[1], its.areas[2]) == (1, 0)


def test_a_silent_log_in_is_repeated_and_a_command_never() -> None:
    """Nobody may switch an output twice because an answer was lost."""
    client = ControlClient(CODE, "COR1001*1", NOW)
    login = client.data_to_send()
    for attempt in (1, 2, 3):
        assert not client.expire(at(2.5 * attempt))
        assert client.data_to_send() == login
    (result,) = client.expire(at(10.0))
    assert isinstance(result, Result)
    assert result.outcome is Outcome.SILENT
    client = ControlClient(CODE, "COR1001*1", NOW)
    client.data_to_send()
    client.receive(bytes.fromhex("0640414C34423135C6"), NOW)
    assert client.data_to_send()
    (result,) = client.expire(at(2.5))
    assert isinstance(result, Result)
    assert (result.outcome, client.data_to_send()) == (Outcome.UNKNOWN, b"")
    assert not client.receive_eof(at(3.0))


LET_IN = bytes.fromhex("0640414C34423135C6")


def test_an_answer_to_something_else_is_none() -> None:
    """A panel may send a C block of its own; only what names the command's own subject answers it."""
    client = ControlClient(CODE, "CSA1*1", NOW)
    client.receive(LET_IN, NOW)
    assert not client.receive(blocks.build(Block("C", b"SA2*1")) + blocks.build(Block("C", b"OR1001*1")), NOW)
    assert client.result is None
    (result,) = client.receive(blocks.build(Block("C", b"SA1*1")), NOW)
    assert isinstance(result, Result)
    assert (result.outcome, result.about, result.value) == (Outcome.ANSWERED, "SA1", b"1")


def test_a_reject_behind_a_repeated_log_in_leaves_open_what_was_rejected() -> None:
    """It may be the second log-in's, and the command done."""
    client = ControlClient(CODE, "CSA1*1", NOW)
    client.expire(at(2.5))
    client.receive(LET_IN, at(2.6))
    (result,) = client.receive(blocks.build(Block("9")), at(2.7))
    assert isinstance(result, Result)
    assert result.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("inside", "outcome"), [(False, Outcome.SILENT), (True, Outcome.UNKNOWN)])
def test_a_panel_that_says_wait_for_ever_is_not_waited_for_for_ever(inside: bool, outcome: Outcome) -> None:
    """The session is over after half a minute."""
    client = ControlClient(CODE, "CSA1*1", NOW)
    if inside:
        client.receive(LET_IN, NOW)
    seconds, results = 0.0, []
    while not results:
        results = [*client.receive(blocks.build(Block(blocks.WAIT)), at(seconds)), *client.expire(at(seconds))]
        seconds += 1.0
        assert seconds < 100
    assert isinstance(results[0], Result)
    assert (results[0].outcome, client.next_timeout()) == (outcome, None)
    assert seconds == LONGEST_S + 1


def test_a_command_that_no_block_holds_is_refused() -> None:
    """Before a log-in, and not in the middle of the session."""
    with pytest.raises(ControlError, match="too long"):
        ControlClient(CODE, "CSA" + "1" * 62, NOW)
    client = ControlClient(CODE, "CSA" + "1" * 61, NOW)
    client.receive(LET_IN, NOW)
    assert client.data_to_send()


@pytest.mark.parametrize("inside", [False, True])
def test_a_connection_that_ends_says_whether_something_may_have_been_done(inside: bool) -> None:
    """Before the command nothing was; behind it nobody knows."""
    client = ControlClient(CODE, "CSA1*1", NOW)
    if inside:
        client.receive(bytes.fromhex("0640414C34423135C6"), NOW)
    (result,) = client.receive_eof(NOW)
    assert isinstance(result, Result)
    assert result.outcome is (Outcome.UNKNOWN if inside else Outcome.SILENT)


def test_the_remote_code_is_never_shown() -> None:
    """Not by a client, a panel, a result or an error."""
    client = ControlClient(CODE, "CSA1*1", NOW)
    panel = ControlPanel(CODE, Installation())
    assert CODE not in repr(client) + repr(panel) + str(client) + repr(ask("CSA1", Installation()))
    for wrong in ("54321O", "123", "543210\n"):
        for make in (lambda code: ControlClient(code, "CSA1", NOW), lambda code: ControlPanel(code, Installation())):
            with pytest.raises(ControlError) as caught:
                make(wrong)
            assert wrong not in str(caught.value)


@pytest.mark.parametrize("command", ["", "SA1", "CSA1*9x", "ASA1", "Csa1", "C" + "SA" + "1|N"])
def test_what_is_no_command_is_not_sent(command: str) -> None:
    """Refused before a log-in."""
    with pytest.raises(ControlError, match="command"):
        ControlClient(CODE, command, NOW)


def test_an_unknown_bitmap_is_refused() -> None:
    """With the names that there are."""
    with pytest.raises(ControlError, match="omitted"):
        bitmap_command("closed")


@given(st.lists(st.binary(max_size=80), max_size=5))
def test_any_bytes_never_raise(pieces: list[bytes]) -> None:
    """At either end; what is no block is noise."""
    client, panel = ControlClient(CODE, "CSA1", NOW), ControlPanel(CODE, Installation())
    for piece in pieces:
        for item in client.receive(piece, NOW):
            assert isinstance(item, (Result, Noise))
        panel.receive(piece, NOW)
    client.receive_eof(NOW)
    panel.receive_eof(NOW)
