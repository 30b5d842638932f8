"""How much p-persistent carrier sensing can carry: a chain over the stations that wait when the channel falls silent.

All stations hear one another unless said otherwise. In each slot each that waits begins with probability p: nobody
(the slot passes), one (its exchange follows), or several (all are lost). What failed comes back later as new traffic,
so the traffic is what the messages need with all their attempts.
"""

from __future__ import annotations

from math import exp

from msgspec import Struct

from protocols.channel.access import GAP_SLOTS, Priority
from protocols.channel.profile import Profile

MOST_WAITING = 24
"""States of the chain; more stations than that waiting at once is an overload."""


OVERLOAD = 3.0
"""At so much airtime by time nothing is worth calculating."""


class Exchange(Struct, frozen=True, kw_only=True):
    """What one message costs on the channel."""

    airtime_s: float
    """Of the message."""
    good_s: float
    """The channel is taken, with the acknowledgement, until the next draw may be."""
    bad_s: float
    """The same where no acknowledgement follows."""
    slot_s: float
    chance: float
    blind_s: float
    """From a key-up until others detect the carrier."""


class Outcome(Struct, frozen=True, kw_only=True):
    """Of a channel in balance."""

    attempts_per_s: float
    alone: float
    """Probability that an attempt meets no other frame."""
    delivered: float
    """Probability that a message arrives, with all its attempts."""
    used: float
    """Share of time the channel is taken, 0 to 1."""
    waiting: float
    """Stations that wait, on average at a draw."""
    stable: bool
    """More messages do not come than go."""


def exchange(profile: Profile, frame_bytes: int, ack_bytes: int | None, blind_s: float) -> Exchange:
    """By the rules of :class:`protocols.channel.access.Access`. ``ack_bytes`` None: nothing is acknowledged."""
    gap = profile.turnaround_s + GAP_SLOTS[Priority.TEST] * profile.slot_s
    airtime = profile.airtime(frame_bytes)
    ack = 0.0 if ack_bytes is None else profile.turnaround_s + profile.airtime(ack_bytes)
    return Exchange(
        airtime_s=airtime,
        good_s=airtime + ack + gap,
        bad_s=airtime + gap,
        slot_s=profile.slot_s,
        chance=profile.chance,
        blind_s=blind_s,
    )


def saturated(stations: int, its: Exchange) -> float:
    """Messages a second that arrive where every station always has one to send."""
    idle = (1 - its.chance) ** stations
    one = stations * its.chance * (1 - its.chance) ** (stations - 1)
    return one / (idle * its.slot_s + one * its.good_s + (1 - idle - one) * its.bad_s)


def contend(
    messages_per_s: float, its: Exchange, *, attempts: int = 1, loss: float = 0.0, hidden: float = 0.0
) -> Outcome:
    """The balance for new messages at a rate. ``loss`` of one frame; ``hidden``: share of others a station cannot hear.

    A message is said until its acknowledgement arrives, ``attempts`` times at most. ``attempts`` of 1: no
    acknowledgement is waited for.
    """
    rate = messages_per_s
    alone, used, waiting, stable = 1.0, 0.0, 0.0, True
    for _ in range(40):
        alone, used, waiting, stable = _chain(rate, its)
        # Hidden stations do not hear us begin, nor we them: pure ALOHA among them, pressed into the time in which a
        # station hears nobody.
        alone *= exp(-2 * hidden * rate * its.airtime_s / max(0.05, 1 - (1 - hidden) * used))
        done = alone * (1 - loss) ** 2
        tries = attempts if done <= 0 else (1 - (1 - done) ** attempts) / done
        if abs(messages_per_s * tries - rate) < 1e-4 * rate or not stable:
            break
        rate = messages_per_s * tries  # only rises: more attempts make each less likely to be alone
    arrives = alone * (1 - loss)
    return Outcome(
        attempts_per_s=rate,
        alone=alone,
        delivered=1 - (1 - arrives) ** attempts,
        used=used,
        waiting=waiting,
        stable=stable,
    )


def _poisson(mean: float) -> list[float]:
    chances = [exp(-mean)]
    for count in range(1, MOST_WAITING):
        chances.append(chances[-1] * mean / count)
        if chances[-1] < 1e-12 and count > mean:
            break
    return chances


def _chain(rate: float, its: Exchange) -> tuple[float, float, float, bool]:
    """(an attempt is alone, share of time used, waiting on average, stable) at a rate of attempts."""
    if rate <= 0:
        return 1.0, 0.0, 0.0, True
    if rate * its.airtime_s > OVERLOAD:
        return 0.0, 1.0, float(MOST_WAITING), False
    p = its.chance
    after = {seconds: _poisson(rate * seconds) for seconds in (its.slot_s, its.good_s, its.bad_s)}
    # A second station that begins before it can hear the first.
    unheard = exp(-rate * p * its.blind_s)
    moves: list[list[tuple[int, float, list[float]]]] = [[(1, 1.0, [1.0])]]
    times = [1 / rate]
    counts = [(0.0, 0.0, 0.0)]
    for n in range(1, MOST_WAITING):
        idle = (1 - p) ** n
        one = n * p * (1 - p) ** (n - 1)
        good = one * unheard
        rows = [(n, idle, after[its.slot_s]), (n - 1, good, after[its.good_s])]
        begun, chance = good, one
        clash = one - good
        if clash:
            rows.append((n - 1, clash, after[its.bad_s]))
            begun += 2 * clash
        for several in range(2, n + 1):
            chance = chance * (n - several + 1) / several * p / (1 - p) if p < 1 else float(several == n)
            if chance > 1e-12:
                rows.append((n - several, chance, after[its.bad_s]))
                begun += several * chance
        moves.append(rows)
        times.append(idle * its.slot_s + good * its.good_s + (1 - idle - good) * its.bad_s)
        counts.append((good, begun, (1 - idle)))
    state = _steady(moves)
    total = sum(share * seconds for share, seconds in zip(state, times, strict=True))
    good = sum(share * count[0] for share, count in zip(state, counts, strict=True))
    begun = sum(share * count[1] for share, count in zip(state, counts, strict=True))
    busy = sum(
        share * (seconds - (0 if n == 0 else (1 - p) ** n * its.slot_s))
        for n, (share, seconds) in enumerate(zip(state, times, strict=True))
        if n
    )
    waiting = sum(n * share for n, share in enumerate(state))
    return good / begun, min(1.0, busy / total), waiting, sum(state[MOST_WAITING * 3 // 4 :]) < 1e-3


def _steady(moves: list[list[tuple[int, float, list[float]]]]) -> list[float]:
    """The share of draws in each state; what would wait beyond the last state stays in it."""
    size = len(moves)
    matrix = [[0.0] * size for _ in range(size)]
    for n, rows in enumerate(moves):
        line = matrix[n]
        for to, chance, arrivals in rows:
            rest = chance
            for more, share in enumerate(arrivals):
                at = min(to + more, size - 1)
                line[at] += chance * share
                rest -= chance * share
            line[size - 1 if len(arrivals) >= MOST_WAITING else min(to + len(arrivals) - 1, size - 1)] += rest
    # States are taken out from the top (Grassmann, Taksar and Heyman): exact, and no digit is lost to a difference.
    for n in range(size - 1, 0, -1):
        row = matrix[n]
        out = sum(row[:n])
        if out <= 0:
            continue
        for i in range(n):
            factor = matrix[i][n] / out
            matrix[i][n] = factor
            if factor:
                line = matrix[i]
                for j in range(n):
                    line[j] += factor * row[j]
    state = [1.0] + [0.0] * (size - 1)
    for n in range(1, size):
        state[n] = sum(state[i] * matrix[i][n] for i in range(n))
    total = sum(state)
    return [share / total for share in state]
