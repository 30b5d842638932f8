"""Commands about the site: what happens there, and what people do at the panel. Each reads its words into a deed."""

from __future__ import annotations

from collections.abc import Callable

from panels.words import Deed, Words, area_and_user, choice, end, number, perhaps


def arm(words: Words) -> Deed:
    """``arm [PARTITION] [user N]``"""
    partition, user = area_and_user(words)
    return lambda its: its.happen(its.behaviour.arm(partition, user, its.now()))


def disarm(words: Words) -> Deed:
    """``disarm [PARTITION] [user N]``"""
    partition, user = area_and_user(words)
    return lambda its: its.happen(its.behaviour.disarm(partition, user, its.now()))


def duress(words: Words) -> Deed:
    """``duress [PARTITION] [user N]``"""
    partition, user = area_and_user(words)
    return lambda its: its.happen(its.behaviour.duress(partition, user, its.now()))


def trigger(words: Words) -> Deed:
    """``trigger ZONE``"""
    zone = number(words, "zone")
    end(words)
    return lambda its: its.happen(its.behaviour.trigger(zone, its.now()))


def restore(words: Words) -> Deed:
    """``restore ZONE``"""
    zone = number(words, "zone")
    end(words)
    return lambda its: its.happen(its.behaviour.restore(zone, its.now()))


def of_kind(*kinds: str) -> Callable[[Words], Deed]:
    """A command without words that triggers the first zone of one of these kinds."""

    def read(words: Words) -> Deed:
        end(words)
        return lambda its: its.happen(its.behaviour.trigger(its.behaviour.first(*kinds), its.now()))

    return read


def bypass(words: Words) -> Deed:
    """``bypass ZONE [off]``"""
    zone = number(words, "zone")
    off = bool(words) and choice(words, "off") == "off"
    end(words)
    if off:
        return lambda its: its.happen(its.behaviour.unbypass(zone, its.now()))
    return lambda its: its.happen(its.behaviour.bypass(zone, its.now()))


def tamper(words: Words) -> Deed:
    """``tamper [ZONE] [ok]``"""
    zone = perhaps(words, "zone")
    closed = bool(words) and choice(words, "ok") == "ok"
    end(words)
    return lambda its: its.happen(its.behaviour.tamper(zone, closed, its.now()))


def power(words: Words) -> Deed:
    """``power off|on``"""
    present = choice(words, "off", "on") == "on"
    end(words)
    return lambda its: its.happen(its.behaviour.power(present, its.now()))


def battery(words: Words) -> Deed:
    """``battery low|ok``"""
    good = choice(words, "low", "ok") == "ok"
    end(words)
    return lambda its: its.happen(its.behaviour.battery(good, its.now()))


def test(words: Words) -> Deed:
    """``test``"""
    end(words)
    return lambda its: its.happen(its.behaviour.test(its.now()))
