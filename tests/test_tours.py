"""The tours and the console's manual are true: keys show what they say, in a real terminal; commands run."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from protocols.catalogue import texts
from ptsn.commands.console import command as console
from tests.support.station import PATIENCE_S, PTSN, StationProcess, until
from tests.tui.snapshots import DOCS as SCREENS
from tests.tui.snapshots import DOCS_PICTURES, DOCS_SIZE, SCENES, take
from tests.tui.tmux import Terminal
from tui import look, sound, themes
from tui.actions import ACTIONS
from tui.app import PAGES
from tui.state import journal, wire
from tui.widgets.banner import SMALLEST

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LANGUAGES = {"en": "", "ru": ".ru", "kk": ".kk"}
HEADS = ("| press |", "| нажмите |", "| басыңыз |")
KEYS = {
    "Space": "Space", "Пробел": "Space", "Бос орын": "Space", "Enter": "Enter", "Esc": "Escape", "Tab": "Tab",
    "↑": "Up", "↓": "Down", "←": "Left", "→": "Right", "Home": "Home", "End": "End",
} | {f"F{number}": f"F{number}" for number in range(1, 13)}  # fmt: skip

STEP_S = 30.0
TABLES = 6

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


def rows(table: str) -> list[tuple[list[str], list[str]]]:
    """What is pressed or typed, and what is then on the screen, in each row of a table."""
    cells = [row.strip("|").split("|") for row in table.splitlines()[2:]]
    return [(re.findall(r"`([^`]+)`", press), re.findall(r"`([^`]+)`", see)) for press, see in cells]


def leave(terminal: Terminal) -> None:
    """Press Escape, and see that it did something: with the byte of another key behind it, it would be that key."""

    def words() -> str:
        # Clocks and ages go on without any key.
        return re.sub(r"\d", "", terminal.screen())

    before = words()
    terminal.press("Escape")
    until(lambda: words() != before, f"what Esc does on\n{before}", STEP_S)


def walk(terminal: Terminal, steps: Iterable[tuple[list[str], list[str]]]) -> None:
    """Do what a table says, and see what it says."""
    for presses, sees in steps:
        for press in presses:
            if press == "Esc":
                leave(terminal)
            elif press in KEYS:
                terminal.press(KEYS[press])
            else:
                terminal.type(press)
        shown: list[str] = []

        def seen(sees: list[str] = sees, shown: list[str] = shown) -> bool:
            shown[:] = [terminal.screen()]
            return all(see in shown[0] for see in sees)

        try:
            until(seen, f"{sees} after {presses}", STEP_S)
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{shown[0]}") from None


@needs_tmux
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_operators_tour_shows_what_it_says(language: str, tmp_path: Path) -> None:
    """From the first alarm to the last word of the demo, in three languages."""
    with Terminal(tmp_path, 120, 34, {"TMPDIR": str(tmp_path)}) as terminal:
        terminal.run(shlex.join([*PTSN, "demo", "--lang", language]))
        page = (DOCS / f"tour-operator{LANGUAGES[language]}.md").read_text()
        tables = [table for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE) if table.startswith(HEADS)]
        assert len(tables) == TABLES
        for table in tables:
            walk(terminal, rows(table))


class Walker:
    """Somebody who follows a page with a station, a terminal for the console, and one for everything else."""

    def __init__(self, page: Path, folder: Path, terminal: Terminal | None) -> None:
        self.page = page
        self.folder = folder
        self.terminal = terminal
        self.station: StationProcess | None = None
        self.check: subprocess.Popen[bytes] | None = None
        self.sent = 0
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            two.bind(("127.0.0.1", 0))
            self.ports = {"5000": one.getsockname()[1], "5001": two.getsockname()[1]}
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "XDG_STATE_HOME": str(folder / "state"),
        }

    def go(self) -> None:
        """Files, commands and tables, in the order of the page."""
        text = self.page.read_text()
        for name, content in re.findall(r"`([\w.-]+\.txt)`:\n\n```text\n(.*?)```", text, re.DOTALL):
            (self.folder / name).write_text(content)
        try:
            for part in re.findall(r"```console\n[^`]*```|(?:^\|.*\n)+", text, re.MULTILINE):
                if part.startswith("```"):
                    for line in part.splitlines():
                        if line.startswith("$ "):
                            self.run(line[2:])
                elif part.startswith(HEADS):
                    assert self.terminal is not None
                    walk(self.terminal, rows(part))
        finally:
            if self.station is not None:
                self.station.stop()
            if self.check is not None:
                # It ends by itself, and leaves no folder.
                self.check.wait(PATIENCE_S)

    def shown(self, text: str) -> int:
        """How often a text is on the screen."""
        assert self.terminal is not None
        return self.terminal.screen().count(text)

    def run(self, line: str) -> None:
        """One command, as typed; only ports and times are other ones."""
        command, _, remark = line.partition("  #")
        command = command.strip()
        for written, port in self.ports.items():
            command = command.replace(f"127.0.0.1:{written}", f"127.0.0.1:{port}")
        command = re.sub(r"sleep \d+", "sleep 0.2", re.sub(r"--for \d+m", "--for 3s", command))
        if command.startswith("ptsn init"):
            command += f" --port {self.ports['5000']}"
        if command.startswith("ptsn serve"):
            self.station = StationProcess(self.folder / shlex.split(command)[3].partition("/")[0]).start()
            return
        if command.startswith("ptsn console") and "--screenshot" not in command:
            if self.terminal is not None:
                self.terminal.run(f"cd {shlex.quote(str(self.folder))}; {shlex.join(PTSN)}{command[len('ptsn') :]}")
                return
            command += " --screenshot seen.txt --size 120x34"
        if command.startswith("ptsn check"):
            out = self.folder / "check.out"
            with out.open("wb") as file:
                self.check = subprocess.Popen(
                    shlex.split(command), cwd=self.folder, env=self.environment, stdout=file, start_new_session=True
                )
            until(lambda: "listening" in out.read_text(), "the check to listen")
            return
        if command.endswith("--commands"):
            # What the page types stands in its next block.
            lines = self.page.read_text().partition("--commands\n```")[2].partition("```text\n")[2].partition("```")[0]
            command = f"printf '%s' {shlex.quote(lines)} | {command} --for 2s"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE_S,
        )
        assert done.returncode == (1 if "given up" in remark else 0), f"{command}\n{done.stdout}\n{done.stderr}"
        if command.startswith("ptsn panel send") and self.terminal is not None:
            # Every line of it is on the wire page: the tour counts them from the end.
            self.sent += 1
            until(lambda: self.shown("disconnected: ") >= self.sent, f"all of {command}")
        if "--commands" in command:
            answers = done.stdout.splitlines()
            assert answers, done.stderr
            assert all(answer.startswith("ok ") for answer in answers), answers


@needs_tmux
def test_the_installers_tour_is_true(tmp_path: Path) -> None:
    """A panel of a brand, one without the key, one with it; bytes, report."""
    with Terminal(tmp_path, 120, 34) as terminal:
        Walker(DOCS / "tour-installer.md", tmp_path, terminal).go()
    assert "Sample School No. 34, new panel" in (tmp_path / "report.html").read_text()
    assert "dc09.crc.counts-the-cr" in (tmp_path / "check.out").read_text()


def test_the_trainers_tour_is_true(tmp_path: Path) -> None:
    """An exercise from the settings to the journal; the console is looked at by a picture."""
    Walker(DOCS / "tour-trainer.md", tmp_path, None).go()
    assert "EXERCISE: these alarms are for training" in (tmp_path / "seen.txt").read_text()
    exported = (tmp_path / "exercise.csv").read_text()
    assert ",7003," in exported
    assert ",7100," in exported
    assert "Panic button, guard post" in exported


@pytest.mark.parametrize("name", ["operator", "trainer"])
@pytest.mark.parametrize("language", ["ru", "kk"])
def test_a_translated_tour_has_the_same_commands(name: str, language: str) -> None:
    """All that differs is what people call things, and the language."""
    assert commands(DOCS / f"tour-{name}{LANGUAGES[language]}.md") == commands(DOCS / f"tour-{name}.md")


def commands(page: Path) -> list[str]:
    """What a page has typed, without names and language."""
    blocks = re.findall(r"```(?:console|text)\n([^`]*)```", page.read_text())
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines() if not line.startswith("# ")]
    plain = re.compile(r' DEMO_ARGS=\S+ \S+| --lang \w+|(?<=--name)-\w+|"(?!alarm 7|restore 7)[^"]*"')
    return [plain.sub("", line).strip() for line in lines]


MANUAL = DOCS / "console.md"


def test_the_manual_names_every_key() -> None:
    """As the table of actions has them, in its order."""
    names = {"space": "Space", "enter": "Enter", "escape": "Esc", "insert": "Ins", "ctrl+p": "Ctrl+P"}
    names |= {"ctrl+q": "Ctrl+Q"} | {f"f{number}": f"F{number}" for number in range(1, 13)}
    table = [
        (", ".join(names[key] for key in one.keys), one.id, ", ".join(one.pages) or "everywhere") for one in ACTIONS
    ]
    said = re.findall(r"^\| ([^|]+) \| `(\w+)`[^|]*\| ([^|]+) \|$", MANUAL.read_text(), re.MULTILINE)
    assert [(keys, action, where.removesuffix(" in a demo")) for keys, action, where in said] == table


def test_the_manual_names_every_mark_page_theme_and_banner() -> None:
    """With the words that the console has for them."""
    text = MANUAL.read_text()
    for state in look.State:
        assert f"| {look.mark(state)} | {look.word(state, 'en')} |" in text
    for page in (*PAGES, "detail", "help"):
        assert f"| {page} |" in text
    for name in themes.THEMES:
        assert name in text
    said = re.findall(r"`([^`]+)`", text.partition("## Lines across the screen")[2].partition("##")[0])
    ids = ("down", "trouble", "stalled", "behind", "slow", "small")
    words = [texts.text("shell", f"banner.{id_}", "en") for id_ in ids]
    words += [texts.text("shell", f"mode.{mode}", "en") for mode in ("demo", "exercise")]
    assert [one for one in said if one != "ptsn status" and not any(each.startswith(one) for each in words)] == []
    assert [each for each in words if not any(each.startswith(one) for one in said)] == []


def test_the_manual_says_what_is_so() -> None:
    """Numbers and options."""
    text = MANUAL.read_text()
    assert f"every {sound.AGAIN_URGENT_S:.0f} seconds until it is seen" in text
    assert f"ended after {sound.LONGEST_S:.0f} seconds" in text
    assert "every minute" in text
    assert sound.AGAIN_S == 60
    assert f"{journal.LIMIT:,} entries" in text
    assert f"{wire.LIMIT:,} records" in text
    assert "{}x{}".format(*SMALLEST) in text
    options = {name for one in console.params for name in one.opts if name.startswith("--")}
    assert {each for each in options if each not in text} == {"--config", "--bell"}
    assert set(re.findall(r"(?<![-\w])--[a-z][a-z-]+", text)) - options == {"--no-bell"}


def test_the_commands_of_the_manual_run(tmp_path: Path) -> None:
    """The pictures are what it says; of the others a picture is taken."""
    with StationProcess(tmp_path / "station") as station:
        assert station.config.name == "station.toml"
        lines = [line for line in MANUAL.read_text().splitlines() if line.startswith("$ ")]
        assert len(lines) == 3
        walker = Walker(MANUAL, tmp_path, None)
        for line in lines:
            walker.run(line[2:])
    assert (tmp_path / "journal.svg").read_text().startswith("<svg")


def test_every_picture_is_shown_somewhere() -> None:
    """And drawn by the project's own command."""
    drawn = {f"{name}.{language}.svg" for name, languages in DOCS_PICTURES.items() for language in languages}
    assert {file.name for file in SCREENS.iterdir()} == drawn
    pages = "".join(page.read_text() for page in [*ROOT.glob("README*.md"), *DOCS.glob("*.md")])
    assert {name for name in drawn if f"screens/{name})" not in pages} == set()


def test_a_picture_can_be_drawn_again() -> None:
    """It is what the console shows now; after a change that was meant: ``make screens``."""
    scene = next(one for one in SCENES if one.name == "alarms")
    (shot,) = asyncio.run(take(scene, "en", [DOCS_SIZE]))
    assert shot.svg == (SCREENS / "alarms.en.svg").read_text(encoding="utf-8"), "look at this, then `make screens`"
