"""What a person can tell a simulated panel: commands of one line, for the prompt and for scripts.

Each is read first (:func:`read`), so that a script with a mistake does nothing, and then done to a
:class:`~panels.simulation.Simulation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from panels import site_actions, wire_actions
from panels.simulation import Simulation
from panels.words import ActionError, Deed, Words, end

WIDE = 40
"""Usages of so many characters have a line of their own in the help."""


class Action(Struct, frozen=True):
    """One command."""

    usage: str
    help: str
    read: Callable[[Words], Deed]
    """Its words behind the name into what is to be done. Raises ActionError."""
    most: int = -1
    """How many words there are at most, the last of which keeps the blanks inside it; -1 for any number."""


def read(line: str) -> Deed:
    """What a line asks for. Raises ActionError."""
    name, *words = line.split()
    action = ACTIONS.get(name.lower())
    if action is not None and action.most > 0:
        words = line.strip().split(maxsplit=action.most)[1:]
    if action is None:
        raise ActionError(f"there is no command {name!r}; `help` lists them")
    try:
        return action.read(words)
    except ActionError as error:
        raise ActionError(f"{error}; write it like: {action.usage}") from None


def helped(words: Sequence[str] = ()) -> list[str]:
    """Lines of help: on all commands, or on some of them."""
    usages = {name: (action.usage, action.help) for name, action in ACTIONS.items()} | FLOW
    chosen = [usages[name] for name in words if name in usages] or list(usages.values())
    width = max(len(usage) for usage, _ in chosen if len(usage) < WIDE)
    return [line for usage, text in chosen for line in _helped(usage, text, width)]


def _helped(usage: str, text: str, width: int) -> list[str]:
    if len(usage) >= WIDE:
        return [usage, f"{'':{width}}  {text}"]
    return [f"{usage:{width}}  {text}"]


def _show(words: Words) -> Deed:
    end(words)

    def do(its: Simulation) -> None:
        panel = its.panel
        for line in its.behaviour.state():
            its.say(line)
        for path in panel.paths:
            state = "cut" if path.cut else {None: "not tried yet", True: "works", False: "does not work"}[path.working]
            its.say(f"{path.name} path to {path.target}: {state}")
        if panel.waiting:
            its.say(f"waiting: {panel.waiting}{panel.doing}")
            works = [path.name for path in panel.paths if path.working and not path.cut]
            if works:
                its.say(f"warning: messages wait although the {' and the '.join(works)} path answered last")
        if abs(panel.clock.error_s) >= 0.5:
            its.say(f"clock: {panel.clock.error_s:+.0f} seconds off")

    return do


def _site(words: Words) -> Deed:
    end(words)

    def do(its: Simulation) -> None:
        for line in its.behaviour.site():
            its.say(line)

    return do


def _help(words: Words) -> Deed:
    def do(its: Simulation) -> None:
        for line in helped(words):
            its.say(line)

    return do


ACTIONS = {
    "arm": Action("arm [PARTITION] [user N]", "arm a partition, or all", site_actions.arm),
    "disarm": Action("disarm [PARTITION] [user N]", "disarm it", site_actions.disarm),
    "duress": Action("duress [PARTITION] [user N]", "disarm it with the duress code", site_actions.duress),
    "trigger": Action("trigger ZONE", "something happens in a zone", site_actions.trigger),
    "restore": Action("restore ZONE", "it is quiet again", site_actions.restore),
    "panic": Action("panic", "press the first panic button", site_actions.of_kind("panic", "hold-up")),
    "fire": Action("fire", "trigger the first fire zone", site_actions.of_kind("fire", "smoke", "heat")),
    "bypass": Action("bypass ZONE [off]", "take a zone out of the guard", site_actions.bypass),
    "tamper": Action(
        "tamper [ZONE] [ok]", "open the case of the panel or a detector; ok: close it", site_actions.tamper
    ),
    "power": Action("power off|on", "the mains fail, or come back", site_actions.power),
    "battery": Action("battery low|ok", "the battery runs low, or is well", site_actions.battery),
    "test": Action("test", "send the periodic test report", site_actions.test),
    "link": Action("link [main|backup]", "send a link test", wire_actions.link),
    "send": Action(
        "send CODE [new|restore|status] [partition N] [zone N|number N] [user N] [text ...]",
        "send any event",
        wire_actions.send,
    ),
    "raw": Action(
        "raw TOKEN CONTENT",
        "send a content as it stands, behind #ACCOUNT|: raw SIA-DCS Nri1/BA2",
        wire_actions.raw,
        most=2,
    ),
    "quirk": Action(
        "quirk NAME[=VALUE] ...|off",
        "depart from the protocol from now on (--list-quirks); off: no more",
        wire_actions.quirk,
    ),
    "cut": Action("cut [main|backup]", "cut a path", wire_actions.cut),
    "mend": Action("mend [main|backup]", "join it again, or both", wire_actions.mend),
    "clock": Action("clock +30s", "put the panel's clock forward, or back (-1h)", wire_actions.clock),
    "drift": Action("drift 20s", "let it gain so much a day; without a unit it is seconds", wire_actions.drift),
    "show": Action("show", "how things are", _show),
    "site": Action("site", "partitions, zones and users", _site),
    "help": Action("help [COMMAND]", "this list", _help),
}
"""Name to command."""

EXPECTED = ("acknowledged", "refused", "given-up", "buffered", "nothing")
FLOW = {
    "wait": ("wait TIME", "do nothing for 5s, 2m, 1h"),
    "expect": ("expect WHAT [within TIME]", f"what became of all since the last expect: {', '.join(EXPECTED)}"),
    "repeat": ("repeat N ... end", "do the lines in between N times"),
    "quit": ("quit", "wait for answers that are due, and end; also exit, Ctrl-D (Ctrl-C does not wait)"),
}
"""Usage and help of what ``panels.script`` adds."""
