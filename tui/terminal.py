"""The terminal as the console reads it: nothing that comes from there may end the console.

Textual's driver stops reading, and with it the program, at the first byte that is no UTF-8 (a terminal of another
encoding, an 8-bit meta key, a mouse report of an old kind) and at a key sequence whose numbers are none. It waits for
ever for a terminal that takes nothing more: one that is closed, or held by Ctrl-S or a selection. Alarms must sound
meanwhile, and the program must end when it is told to.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from typing import IO, Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_READ = 4096
_WAIT_S = 0.1
_LAST_S = 1.0
"""For what is to be written at the end."""


class _Output:
    """Where the driver's thread writes: it outlives a terminal that is closed, and waits for one that is slow."""

    def __init__(self, file: IO[str]) -> None:
        self._descriptor = file.fileno()
        self._encoding = getattr(file, "encoding", None) or "utf-8"
        self._gone = False

    def fileno(self) -> int:
        """Of the terminal."""
        return self._descriptor

    def flush(self) -> None:
        """Nothing is kept back."""

    def write(self, text: str) -> None:
        """All of it, unless the terminal is gone."""
        data = memoryview(text.encode(self._encoding, "replace"))
        while data and not self._gone:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                with selectors.SelectSelector() as selector:
                    selector.register(self._descriptor, selectors.EVENT_WRITE)
                    selector.select(_WAIT_S)
            except OSError:
                self._gone = True


class Terminal(LinuxDriver):
    """Textual's driver, reading and writing in ways of its own."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self._file is not None:
            self._file = _Output(self._file)  # type: ignore[assignment]
        self._held = False
        """Whether the terminal took nothing for so long that pieces of the screen were left out."""

    def write(self, data: str) -> None:
        """Hand on to the thread that writes, without ever waiting for it."""
        thread = self._writer_thread
        if thread is None:
            return
        if thread._queue.full():
            self._held = True
            return
        if self._held:
            # It takes again: what was left out is drawn anew.
            self._held = False
            self._loop.call_soon_threadsafe(self._app.refresh)
        thread.write(data)

    def close(self) -> None:
        """End the thread that writes; where the terminal takes nothing, it is left behind and ends with the process."""
        if self._writer_thread is not None and not self._writer_thread._queue.full():
            self._writer_thread._queue.put(None)
            self._writer_thread.join(_LAST_S)

    def _run_input_thread(self) -> None:
        """Read until the console ends; a fault of ours ends it as one, and never in silence."""
        try:
            self.run_input_thread()
        except Exception as error:
            self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read keys and mouse until the console ends, or the terminal does: then there is nobody to show it to."""
        decoder = getincrementaldecoder("utf-8")("replace")
        parser = XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                text = ""
                if selector.select(_WAIT_S):
                    try:
                        data = os.read(self.fileno, _READ)
                    except OSError:
                        data = b""
                    if not data:
                        self._loop.call_soon_threadsafe(self._app.exit)
                        return
                    text = decoder.decode(data)
                # One by one, so that a sequence that says nothing takes nothing along that stands behind it.
                for one in ("", *text):
                    try:
                        for event in parser.feed(one) if one else parser.tick():
                            self.process_message(event)
                    except (ValueError, OverflowError):
                        parser = XTermParser(self._debug)
