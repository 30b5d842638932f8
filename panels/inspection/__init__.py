"""Inspecting real panels: what they send, what is off about it, and a verdict.

==============  ==============================================================================
``inspection``  :class:`Inspection`: told what passes at a station; tells notes, and reports
``report``      the report: :class:`Report` and what it is made of
``broken``      bytes that are no message, and frames with a wrong CRC
``notes``       what is worth telling at once
``panel``       everything that is watched of one panel that speaks DC-09
``sender``      the same of one sender of a line protocol; ``exchange``: how it takes its answers
``conduct``     departures that no single message shows
``grading``     from what was counted to a verdict
==============  ==============================================================================
"""

from panels.inspection.inspection import Inspection
from panels.inspection.notes import Note
from panels.inspection.report import Grade, KeyInfo, Report, Station

__all__ = ["Grade", "Inspection", "KeyInfo", "Note", "Report", "Station"]
