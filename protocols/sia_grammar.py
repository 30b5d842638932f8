"""The packets of SIA event text (DC-03) as small regular expressions. :mod:`protocols.sia_text` draws the grammar.

Each is matched at a place in a block, which never holds a ``|``.
"""

from __future__ import annotations

import re

modifier_at = re.compile(r"([a-z]{2}) *([-0-9.:]*) *").match
modifier_in_capitals_at = re.compile(r"([A-Za-z]{2})([0-9.:]+)(?=(?:\^[^^]*\^)?/? *[A-Za-z])").match
event_at = re.compile(r"([A-Z]{2}) *((?:[-0-9:]|[A-F](?![A-Z])|[a-f](?![a-z]))*)").match
hexadecimal_at = re.compile(r"[-0-9:A-F]*").match
text_at = re.compile(r"\^([^^]*)\^ *").match
unterminated_at = re.compile(r"\^([^/]*)").match
units_at = re.compile(r"\*([-+0-9.]+)([A-Za-z_]{0,2}) *").match
_QUOTE = "['\"`\u00b4\u2018\u2019\u201c\u201d^]"
quoted_at = re.compile(rf"\*{_QUOTE}(.{{0,255}}?){_QUOTE}(?:NM)? *(?=[/^]|$)", re.DOTALL).match
separator_at = re.compile(r" *(?:/[/ ]*|$)").match
letters_at = re.compile(r"[A-Za-z]{2}").match

EVENT_FUNCTIONS = frozenset("NOE")
OTHER_FUNCTIONS = frozenset("0123456789CPX@?&LVvI")
MODIFIERS = frozenset(("ti", "da", "id", "ri", "pi", "ai", "ph", "lv", "va", "pt", "rg", "ss", "pm"))
