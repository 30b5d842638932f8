"""Commands about the wire: paths, the clock, messages of one's own. Each reads its words into a deed."""

from __future__ import annotations

from panels.habits import DC09
from panels.path import BACKUP, MAIN, Path
from panels.signals import SignalError, contact_id, scheme_of, sia
from panels.simulation import Simulation
from panels.speaking import unescaped, with_quirks
from panels.words import ActionError, Deed, Words, choice, end, seconds
from protocols.ends import LinkTest, Payload
from protocols.lines.sending import QuirksError, UnsendableError
from protocols.model import Qualifier, Scheme, Signal

OFF = "off"


def _paths(its: Simulation, name: str) -> tuple[Path, ...]:
    found = tuple(path for path in its.panel.paths if name in ("", path.name))
    if not found:
        raise ActionError("this panel has no backup path; give one with --backup")
    return found


def _path_name(words: Words, default: str) -> str:
    name = choice(words, MAIN, BACKUP) if words else default
    end(words)
    return name


def link(words: Words) -> Deed:
    """``link [main|backup]``"""
    name = _path_name(words, "")

    def do(its: Simulation) -> None:
        path = _paths(its, name)[0] if name else None
        its.send(LinkTest(its.panel.identity.account), its.panel.link_test(path))

    return do


def cut(words: Words) -> Deed:
    """``cut [main|backup]``"""
    name = _path_name(words, MAIN)

    def do(its: Simulation) -> None:
        for path in _paths(its, name):
            its.say(f"the {path.name} path is cut")
            path.break_off()

    return do


def mend(words: Words) -> Deed:
    """``mend [main|backup]``"""
    name = _path_name(words, "")

    def do(its: Simulation) -> None:
        for path in _paths(its, name):
            if path.cut:
                its.say(f"the {path.name} path is mended")
                path.mend()

    return do


def clock(words: Words) -> Deed:
    """``clock +30s``"""
    if not words:
        raise ActionError("say by how much")
    by = seconds(words.pop(0))
    end(words)

    def do(its: Simulation) -> None:
        its.panel.clock.shift(by)
        its.say(f"the panel's clock is {its.panel.clock.error_s:+.0f} seconds off")

    return do


def drift(words: Words) -> Deed:
    """``drift 20s``"""
    if not words:
        raise ActionError("say how much a day")
    by = seconds(words.pop(0))
    end(words)

    def do(its: Simulation) -> None:
        its.panel.clock.drift(by)
        its.say(f"the panel's clock {'gains' if by >= 0 else 'loses'} {abs(by):g} seconds a day from now on")

    return do


def send(words: Words) -> Deed:
    """``send CODE ...``"""
    if not words:
        raise ActionError("the code is missing")
    code = words.pop(0)
    given: dict[str, str] = {}
    qualifier = words.pop(0).lower() if words and words[0].lower() in list(Qualifier) else None
    while words:
        name = words.pop(0).lower()
        if name == "text":
            given["text"], words = " ".join(words), []
        elif name in ("partition", "zone", "number", "user"):
            given["number" if name == "zone" else name] = str(words.pop(0)) if words else ""
        else:
            raise ActionError(f"{name!r} is not partition, zone, number, user or text")
    try:
        make_signal("", code, qualifier, given)
    except SignalError as error:
        raise ActionError(str(error)) from None
    return lambda its: its.send(make_signal(its.panel.identity.account, code, qualifier, given))


def make_signal(account: str, code: str, qualifier: str | None, given: dict[str, str]) -> Signal:
    """A signal in the scheme that its code is from. Raises SignalError."""
    if scheme_of(code) is Scheme.SIA:
        return sia(account, code, qualifier, **given)
    return contact_id(account, code, qualifier or Qualifier.NEW.value, **given)


def raw(words: Words) -> Deed:
    """``raw TOKEN CONTENT``"""
    if not words:
        raise ActionError("the token is missing")
    token, content = words[0], " ".join(words[1:])

    def do(its: Simulation) -> None:
        # Elsewhere than in DC-09 blanks count, and some bytes cannot be typed.
        said = content if its.panel.habits.protocol == DC09 else unescaped(content)
        its.send(Payload(its.panel.identity.account, token, said))

    return do


def quirk(words: Words) -> Deed:
    """``quirk NAME[=VALUE] ...|off``"""
    if not words:
        raise ActionError("say which")
    given = {} if words == [OFF] else {name: value for name, _, value in (word.partition("=") for word in words)}

    def do(its: Simulation) -> None:
        panel = its.panel
        try:
            habits = with_quirks(panel.identity, panel.habits, given) if given else its.usual
        except (QuirksError, UnsendableError) as error:
            raise ActionError(str(error)) from None
        panel.change(habits)
        its.say(f"from now on: {', '.join(words)}" if given else "as at the beginning again")

    return do
