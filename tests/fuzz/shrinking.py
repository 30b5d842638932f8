"""A failing input made small: delta debugging over its bytes, then over what surrounds them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tests.fuzz.case import Case

Fails = Callable[[Case], bool]


def shrink(case: Case, fails: Fails, budget: int = 3000) -> Case:
    """A smaller input that fails in the same way, after at most ``budget`` trials."""
    left = budget

    def still(smaller: Case) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and fails(smaller)

    for change in (
        {"cuts": ()}, {"edition": None}, {"time_zone": "UTC"}, {"keys": ()}, {"origins": ()}, {"cuts": case.cuts[:1]},
        {"cuts": case.cuts[-1:]},
    ):  # fmt: skip
        smaller = replace(case, **change)
        if smaller != case and still(smaller):
            case = smaller
    size = max(1, len(case.data) // 2)
    while left > 0:
        at, changed = 0, False
        while at < len(case.data) and left > 0:
            smaller = replace(
                case,
                data=case.data[:at] + case.data[at + size :],
                cuts=tuple(c if c <= at else max(at, c - size) for c in case.cuts),
            )
            if still(smaller):
                case, changed = smaller, True
            else:
                at += size
        if size == 1 and not changed:
            break
        size = max(1, size // 2) if not changed or size > 1 else 1
    return case
