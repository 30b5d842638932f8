"""Words for what the station tells: events, places, states, bytes of the wire. Pure, and without Textual.

``ptsn tail`` and the console say the same things in the same words because both ask here.
"""

from tui.telling.address import listening
from tui.telling.teller import About, Called, Teller
from tui.telling.wire import wire_line, wire_lines

__all__ = ["About", "Called", "Teller", "listening", "wire_line", "wire_lines"]
