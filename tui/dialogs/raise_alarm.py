"""Raising an alarm on purpose: which school, then what happens there. Only where panels can be told to."""

from __future__ import annotations

from tui.dialogs.picker import Picker
from tui.raising import Raiser


class RaiseAlarm(Picker[None]):
    """Asks twice, then lets it happen and says what was done."""

    def __init__(self, raiser: Raiser) -> None:
        super().__init__()
        self._raiser = raiser
        self._place: tuple[str, str] | None = None

    def on_mount(self) -> None:
        """Where."""
        super().on_mount()
        places = [(account, f"{account}  {name}") for account, name in self._raiser.places()]
        say = self.console.say
        self.ask(say("raise.where"), say("raise.where-placeholder"), places, say("raise.no-place"))

    def picked(self, id_: str) -> None:
        """A place, then what happens there."""
        say = self.console.say
        if self._place is None:
            self._place = (id_, dict(self._raiser.places())[id_])
            title = say("raise.what", place=self._place[1])
            self.ask(title, say("raise.what-placeholder"), self._raiser.kinds(), say("raise.no-kind"))
            return
        self.dismiss(None)
        self.console.run_worker(self._raise(self._place, id_), exit_on_error=True)

    async def _raise(self, place: tuple[str, str], kind: str) -> None:
        console, (account, name) = self.console, place
        words = dict(self._raiser.kinds())[kind]
        why = await self._raiser.raise_alarm(account, kind)
        if why:
            console.tell(console.say("raise.failed", what=words, place=name, account=account, why=why), "error")
        else:
            console.tell(console.say("raise.done", what=words, place=name, account=account))
