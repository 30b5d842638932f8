"""The sound of unseen alarms: when it sounds, and what a command is told, may do, and may not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tui import sound
from tui.sound import AGAIN_S, AGAIN_URGENT_S, GAP_S, Cause, Player, Rhythm, Sound, causes
from tui.state.alarms import AlarmBoard
from tui.state.model import Alarm

FIRE = Cause(7, 7, 1)
BURGLARY = Cause(9, 9, 2)
NO_CONNECTION = Cause(0, 0, 2)


def heard(rhythm: Rhythm, wanted: list[Cause], since: float, to: float) -> list[tuple[float, int]]:
    """Moment and alarm of every sound, looked at twice a second."""
    sounds = []
    now = since
    while now <= to:
        cause = rhythm.due(wanted, now)
        if cause is not None:
            rhythm.sounded(cause, wanted, now)
            sounds.append((now, cause.id))
        now += 0.5
    return sounds


# The rhythm


def test_danger_to_life_sounds_again_every_few_seconds_until_it_is_seen() -> None:
    rhythm = Rhythm()
    assert heard(rhythm, [FIRE], 0.0, 20.0) == [(AGAIN_URGENT_S * n, 7) for n in range(6)]
    assert heard(rhythm, [], 20.5, 200.0) == []


@pytest.mark.parametrize("cause", [BURGLARY, NO_CONNECTION])
def test_an_alarm_of_priority_2_and_a_lost_connection_sound_at_once_and_every_minute(cause: Cause) -> None:
    assert heard(Rhythm(), [cause], 100.0, 300.0) == [(100.0 + AGAIN_S * n, cause.id) for n in range(4)]


def test_an_alarm_that_rings_again_sounds_again_at_once() -> None:
    rhythm = Rhythm()
    assert heard(rhythm, [BURGLARY], 0.0, 10.0) == [(0.0, 9)]
    assert heard(rhythm, [Cause(9, 12, 2)], 10.5, 20.0) == [(10.5, 9)]


def test_an_alarm_that_was_seen_and_rings_again_sounds_even_for_the_same_entry() -> None:
    rhythm = Rhythm()
    assert heard(rhythm, [BURGLARY], 0.0, 1.0) == [(0.0, 9)]
    assert heard(rhythm, [], 1.5, 2.0) == []
    assert heard(rhythm, [BURGLARY], 2.5, 3.0) == [(2.5, 9)]


def test_openings_in_a_row_do_not_hold_up_the_repetition_for_a_life_in_danger() -> None:
    rhythm = Rhythm()
    sounds: list[int] = []
    for half in range(40):
        now = half / 2
        wanted = [FIRE, *(Cause(100 + n, 100 + n, 2) for n in range(half + 1))]
        cause = rhythm.due(wanted, now)
        if cause is not None:
            rhythm.sounded(cause, wanted, now)
            sounds.append(cause.priority)
    # In 20 seconds: five times for the fire, burglaries between.
    assert sounds.count(1) == 5
    assert sounds.count(2) > 5


def test_a_storm_is_no_single_tone() -> None:
    rhythm = Rhythm()
    moments = []
    for tenth in range(200):
        wanted = [Cause(n, n, 1) for n in range(1, tenth + 2)]
        cause = rhythm.due(wanted, tenth / 10)
        if cause is not None:
            rhythm.sounded(cause, wanted, tenth / 10)
            moments.append(tenth / 10)
    assert min(b - a for a, b in pairwise(moments)) >= GAP_S


def test_of_several_the_most_urgent_sounds_and_of_those_the_newest() -> None:
    due = Rhythm().due([BURGLARY, FIRE, Cause(8, 11, 1), NO_CONNECTION], 0.0)
    assert due == Cause(8, 11, 1)


def test_what_is_due_stays_due_until_it_was_heard() -> None:
    rhythm = Rhythm()
    assert rhythm.due([BURGLARY], 0.0) == BURGLARY
    assert rhythm.due([BURGLARY], 30.0) == BURGLARY


def test_an_alarm_that_was_closed_under_the_cursor_is_silent() -> None:
    board = AlarmBoard()
    board.take(Alarm(3, ringing=True, priority=1, rang=3))
    assert causes(board, down=False) == [Cause(3, 3, 1)]
    board.hold(3)
    board.closed(3)
    assert len(board) == 1
    assert causes(board, down=False) == []
    assert causes(board, down=True) == [NO_CONNECTION]


# The player


class Ear:
    """What was heard and told."""

    def __init__(self) -> None:
        self.bells = 0
        self.told: list[str] = []

    def bell(self) -> None:
        self.bells += 1


def heeding(ear: Ear, command: tuple[str, ...], words: tuple[str, str] = ("", ""), *, ring_bell: bool = True) -> Sound:
    """The sound as the console has it: words of every alarm are the same."""
    return Sound(
        bell=ear.bell,
        tell=ear.told.append,
        words=lambda _: words,
        language="en",
        ring_bell=ring_bell,
        command=command,
    )


def script(folder: Path, text: str) -> tuple[str, ...]:
    """A command that runs a text with the shell."""
    file = folder / "play.sh"
    file.write_text(text, encoding="utf-8")
    return ("sh", str(file))


def lines(file: Path) -> list[str]:
    """What a command has written so far."""
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


async def wait(condition: Callable[[], object]) -> None:
    """Until something is true, while the loop runs on."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be asked for its end does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_the_bell_rings_without_a_command() -> None:
    ear = Ear()
    player = Player(ear.bell, ear.told.append, "en")
    player.play(1, {})
    assert (ear.bells, ear.told, player.busy_for(1)) == (1, [], False)


def test_a_command_is_told_what_for_and_takes_no_word_of_it_for_its_own(tmp_path: Path) -> None:
    """Names of sites are data: no shell reads them, and a zero byte in them stops nothing."""
    said = tmp_path / "said"
    command = script(tmp_path, f'printf "%s\\n" "$PTSN_PRIORITY" "$PTSN_ALARM" "$PTSN_SITE" "$PTSN_EVENT" "$#" >{said}')
    board = AlarmBoard()
    board.take(Alarm(12, ringing=True, priority=1, rang=12))

    async def test() -> None:
        ear = Ear()
        heeded = heeding(ear, command, ("$(touch evil); School\0", "Fire alarm"), ring_bell=False)
        heeded.heed(board, down=False, now=0.0)
        await wait(lambda: len(lines(said)) == 5)
        assert lines(said) == ["1", "12", "$(touch evil); School", "Fire alarm", "0"]
        await heeded.stop()
        assert (ear.bells, ear.told) == (0, [])

    asyncio.run(test())


def test_no_connection_sounds_with_words_of_its_own(tmp_path: Path) -> None:
    said = tmp_path / "said"
    command = script(tmp_path, f'printf "%s|" "$PTSN_PRIORITY" "$PTSN_ALARM" "$PTSN_EVENT" >{said}')

    async def test() -> None:
        ear = Ear()
        heeded = heeding(ear, command)
        heeded.heed(AlarmBoard(), down=True, now=0.0)
        await wait(lambda: lines(said))
        assert lines(said) == ["2||No connection with the station|"]
        await heeded.stop()

    asyncio.run(test())


@pytest.mark.parametrize("command", [("/nowhere/play",), ("false",)])
def test_a_command_that_does_not_work_is_told_once_and_the_bell_rings_instead(command: tuple[str, ...]) -> None:
    """Also where no bell was asked for: an alarm must be heard."""

    async def test() -> None:
        ear = Ear()
        player = Player(ear.bell, ear.told.append, "en", ring_bell=False, command=command)
        for bells in (1, 2, 3):
            player.play(1, {})
            await wait(lambda: not player.busy_for(1))
            await wait(lambda wanted=bells: ear.bells == wanted)
        assert len(ear.told) == 1
        assert ear.told[0].startswith(f"The sound command `{command[0]}` does not work: it ")

    asyncio.run(test())


def test_a_command_that_works_again_is_trusted_again_and_a_new_failure_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    command = script(tmp_path, f"test ! -e {broken}")

    async def test() -> None:
        ear = Ear()
        player = Player(ear.bell, ear.told.append, "en", ring_bell=False, command=command)

        async def play() -> None:
            player.play(1, {})
            await wait(lambda: not player.busy_for(1))

        broken.touch()
        await play()
        assert len(ear.told) == 1
        broken.unlink()
        await play()
        bells = ear.bells
        await play()
        assert ear.bells == bells
        broken.touch()
        await play()
        assert len(ear.told) == 2

    asyncio.run(test())


def test_a_command_that_hangs_is_ended_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "LONGEST_S", 0.2)
    pids = tmp_path / "pids"
    command = script(tmp_path, f"echo $$ >{pids}; sleep 600")

    async def test() -> None:
        ear = Ear()
        player = Player(ear.bell, ear.told.append, "en", ring_bell=False, command=command)
        player.play(1, {})
        await wait(lambda: not player.busy_for(1))
        assert "ran for more than" in ear.told[0]
        assert ear.bells == 1
        assert not alive(int(lines(pids)[0]))

    asyncio.run(test())


def test_never_two_commands_at_once_and_danger_to_life_breaks_in(tmp_path: Path) -> None:
    """Another of the same priority waits; a less urgent one is ended, with what it started."""
    pids = tmp_path / "pids"
    command = script(tmp_path, f'sleep 600 & echo "$PTSN_PRIORITY $$ $!" >>{pids}; wait')

    async def test() -> None:
        ear = Ear()
        board = AlarmBoard()
        heeded = heeding(ear, command, ring_bell=False)
        board.take(Alarm(1, ringing=True, priority=2, rang=1))
        heeded.heed(board, down=False, now=0.0)
        await wait(lambda: len(lines(pids)) == 1)
        board.take(Alarm(2, ringing=True, priority=2, rang=2))
        heeded.heed(board, down=False, now=10.0)
        board.take(Alarm(3, ringing=True, priority=1, rang=3))
        heeded.heed(board, down=False, now=20.0)
        await wait(lambda: len(lines(pids)) == 2)
        first, second = (line.split() for line in lines(pids))
        assert [first[0], second[0]] == ["2", "1"]
        await wait(lambda: not any(alive(int(pid)) for pid in first[1:]))
        assert all(alive(int(pid)) for pid in second[1:])
        await heeded.stop()
        await wait(lambda: not any(alive(int(pid)) for pid in second[1:]))
        assert ear.told == []

    asyncio.run(test())


def test_a_sound_that_had_to_wait_comes_when_the_command_is_done(tmp_path: Path) -> None:
    """The opening of a second alarm is not lost because the first one still sounds."""
    said, go = tmp_path / "said", tmp_path / "go"
    command = script(
        tmp_path, f'echo "$PTSN_ALARM" >>{said}; until [ -e {go} ]; do sleep 0.02; done; echo end >>{said}'
    )

    async def test() -> None:
        ear = Ear()
        board = AlarmBoard()
        heeded = heeding(ear, command)
        board.take(Alarm(1, ringing=True, priority=2, rang=1))
        heeded.heed(board, down=False, now=0.0)
        await wait(lambda: lines(said) == ["1"])
        board.take(Alarm(2, ringing=True, priority=2, rang=2))
        heeded.heed(board, down=False, now=2.0)
        go.touch()

        def again() -> bool:
            heeded.heed(board, down=False, now=3.0)
            return lines(said)[:3] == ["1", "end", "2"]

        await wait(again)
        await heeded.stop()

    asyncio.run(test())
