"""What operators do and ask, and why it could not be done, in their own words."""

from __future__ import annotations

from typing import Any

from protocols.catalogue import texts
from tui.feeding.journal import EntryPage
from tui.link import Away, Link, LinkError
from tui.state.model import Alarm, Entry
from tui.state.search import Found, Query
from tui.state.station import StationState
from tui.state.thin import thin


class Calls:
    """The calls of one console."""

    def __init__(self, link: Link, state: StationState, operator: str, language: str) -> None:
        self._link = link
        self._state = state
        self._operator = operator
        self._language = language

    async def seen(self, alarm: Alarm) -> str:
        """Say that an operator has seen an alarm as it was on his screen. ``""``, or why it could not be done.

        What rang after that rings on. The board learns of it from the alarms' stream, never from the answer: that
        may be older than what the stream has told since.
        """
        body: dict[str, Any] = {"seen_to": alarm.latest[-1] if alarm.latest else alarm.rang or alarm.id}
        return await self._act(alarm.id, "seen", body)

    async def close_alarm(self, alarm_id: int, note: str) -> str:
        """Take an alarm off the list. ``""``, or why it could not be done."""
        return await self._act(alarm_id, "close", {"note": note})

    async def search(self, query: Query) -> Found:
        """A page of what is found; ``error`` says why there is none."""
        try:
            return await self._link.get("/v1/search", query.parameters(), shape=Found)
        except LinkError as error:
            if error.status == 503:
                # Of a search this is no disk that fails: its index is being made, or it took too long. The text says.
                return Found(error=self._say("link.refused", error=str(error)))
            return Found(error=self._say("link.no-search") if error.status == 404 else self.why(error))

    async def entry(self, entry_id: int) -> dict[str, Any] | str:
        """An entry whole, or why it cannot be had."""
        try:
            return await self._link.get(f"/v1/entries/{entry_id}")
        except LinkError as error:
            return self._say("link.no-entry", id=entry_id) if error.status == 404 else self.why(error)

    async def explanation(self, entry_id: int) -> dict[str, Any] | str:
        """The message of an entry byte by byte, or why there is none."""
        try:
            return await self._link.get(f"/v1/entries/{entry_id}/explanation")
        except LinkError as error:
            return self._say("link.no-bytes") if error.status == 404 else self.why(error)

    async def recent(self, account_key: str, limit: int) -> list[Entry]:
        """The newest entries of an account, the newest first; those held here where the station cannot tell."""
        try:
            found = await self._link.get(
                "/v1/search", {"account": account_key, "hidden": 1, "limit": limit}, shape=EntryPage
            )
        except LinkError:
            return self._state.journal.of_account(account_key, limit)
        return [thin(entry) for entry in found.entries]

    def why(self, error: LinkError) -> str:
        """A refusal in words."""
        if isinstance(error, Away):
            return (
                self._say("link.denied") if error.denied else self._say("link.unsure" if error.asked else "link.away")
            )
        ids = {403: "link.denied", 503: "link.disk"}
        if error.status in ids:
            return self._say(ids[error.status])
        return self._say("link.refused", error=str(error))

    async def _act(self, alarm_id: int, what: str, body: dict[str, Any]) -> str:
        if self._operator:
            body["operator"] = self._operator
        try:
            await self._link.post(f"/v1/alarms/{alarm_id}/{what}", body)
        except LinkError as error:
            if error.status == 404:
                return self._say("link.closed-already", id=alarm_id)
            if error.status == 409:
                return self._say("link.rang-again" if what == "close" else "link.closed-already", id=alarm_id)
            return self.why(error)
        return ""

    def _say(self, id_: str, /, **values: object) -> str:
        return texts.text("console", id_, self._language, **values)
