"""How much a radio channel can carry: the formulas of pure ALOHA and of polling, and of supervision by tests.

Pure ALOHA: a frame arrives where no other begins within one airtime before and after it, e^(-2G) at a load of G; of k
copies with random gaps at least one does. Supervision is "m of the last n tests missed", never one missed test.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb, exp, floor

MONTH_S = 30 * 86400.0
GOOD_LOAD = 0.2
"""Above this load of a channel without carrier detect, more copies harm more than they help."""


def aloha_load(objects: float, interval_s: float, airtime_s: float, copies: int = 1) -> float:
    """G, the share of time that frames would fill if they never overlapped."""
    return objects * copies * airtime_s / interval_s


def aloha_frame(load: float, loss: float = 0.0) -> float:
    """Probability that one frame arrives. ``loss`` is the share lost to noise and fading alone."""
    return exp(-2 * load) * (1 - loss)


def aloha_delivery(objects: float, interval_s: float, airtime_s: float, copies: int = 1, loss: float = 0.0) -> float:
    """Probability that at least one of the copies of a message arrives."""
    one = aloha_frame(aloha_load(objects, interval_s, airtime_s, copies), loss)
    return 1 - (1 - one) ** copies


def aloha_goodput(objects: float, interval_s: float, airtime_s: float, copies: int = 1, loss: float = 0.0) -> float:
    """Frames (copies) a second that arrive whole."""
    load = aloha_load(objects, interval_s, airtime_s, copies)
    return load / airtime_s * aloha_frame(load, loss)


def poll_cycle(poll_s: float, answer_s: float, turnaround_s: float, gap_s: float = 0.0) -> float:
    """Seconds that polling one object takes: the poll, its answer, a turnaround behind each, and a gap for others."""
    return poll_s + answer_s + 2 * turnaround_s + gap_s


def polled_objects(cycle_s: float, within_s: float, *, tries: int = 1, loss: float = 0.0) -> int:
    """How many objects can be polled so that a silent one is known of within ``within_s``.

    Each is polled once in a round; an unanswered poll is repeated at once, ``tries`` polls in all. ``loss`` is of one
    frame; a poll needs two.
    """
    answered = (1 - loss) ** 2
    return max(0, floor((within_s - (tries - 1) * cycle_s) * answered / cycle_s + 1e-9))


def missed(delivery: float, least: int, of: int) -> float:
    """Probability that at least ``least`` of ``of`` tests of a working object are missed."""
    gone = 1 - delivery
    return sum(comb(of, count) * gone**count * delivery ** (of - count) for count in range(least, of + 1))


def false_losses(delivery: float, least: int, of: int, tests_per_s: float) -> float:
    """How often a second a working object is taken for lost at most, over all objects together.

    Such a loss begins with a missed test where exactly ``least - 1`` of the ``of - 1`` before it were missed. Where
    many are missed it has begun before, which is not taken off.
    """
    gone = 1 - delivery
    return tests_per_s * comb(of - 1, least - 1) * gone**least * delivery ** (of - least)


def detection(interval_s: float, least: int, of: int, delivery: float = 1.0) -> tuple[float, float]:
    """Seconds until a dead object is known of: on average, and at most.

    At most ``least`` tests have to be missed; some of the last ``of - 1`` may have been missed by chance already.
    """
    ahead = min(least - 1.0, (of - 1) * (1 - delivery))
    return max(0.5, least - ahead - 0.5) * interval_s, least * interval_s


def most_objects(works: Callable[[int], bool], limit: int = 100_000) -> int:
    """The largest number for which ``works`` holds, where it holds for all smaller ones; 0 for none."""
    if not works(1):
        return 0
    least, most = 1, 2
    while most <= limit and works(most):
        least, most = most, most * 2
    while most - least > 1:
        middle = (least + most) // 2
        if works(middle):
            least = middle
        else:
            most = middle
    return min(least, limit)
