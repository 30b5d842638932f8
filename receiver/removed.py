"""Troubles of adapters that the settings do not have any more: nothing else could ever tell their end."""

from __future__ import annotations

from collections.abc import Iterable

from receiver.chronicle import (
    ADAPTER_LOST,
    ADAPTER_REMOVED,
    ENDPOINT_LOST,
    ENDPOINT_REMOVED,
    RADIO_CLEAR,
    RADIO_JAMMED,
    SOURCE_REMOVED,
    SOURCE_SILENT,
    Chronicle,
)
from receiver.desk import Alarm, troubles
from receiver.settings import AdapterSettings

_Place = tuple[str, str, str]
"""Adapter, protocol and endpoint, as far as a kind of trouble names them."""


def tell_removed(adapters: Iterable[AdapterSettings], alarms: Iterable[Alarm], chronicle: Chronicle) -> None:
    """Write the end of what lasts in ``alarms`` and names what is no part of ``adapters``: once at the start.

    An adapter with another name or protocol, an endpoint written otherwise, is another one: what is wrong with it
    now is told anew. A path of an account that was lost stays lost: nobody has heard of that account.
    """
    names: set[_Place] = set()
    endpoints: set[_Place] = set()
    watched: set[_Place] = set()
    channels: set[_Place] = set()
    for adapter in adapters:
        names.add((adapter.name, "", ""))
        endpoints |= {(adapter.name, adapter.protocol, str(one)) for one in (*adapter.listen, *adapter.connect)}
        if adapter.radio is not None:
            channels.add((adapter.name, adapter.protocol, ""))
        if adapter.control_s:
            watched.add((adapter.name, adapter.protocol, ""))
    alarms = list(alarms)
    for lost, removed, there in (
        (ENDPOINT_LOST, ENDPOINT_REMOVED, endpoints),
        (SOURCE_SILENT, SOURCE_REMOVED, watched),
        (ADAPTER_LOST, ADAPTER_REMOVED, names),
        (RADIO_JAMMED, RADIO_CLEAR, channels),
    ):
        for name, protocol, path in sorted(troubles(alarms, lost) - there):
            chronicle.event(removed, adapter=name, protocol=protocol, path=path)
