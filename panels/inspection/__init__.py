"""Inspecting real panels: what they send, what is off about it, and a verdict.

==============  ==============================================================================
``inspection``  :class:`Inspection`: told what passes at a station; tells notes, and reports
``report``      the report: :class:`Report` and what it is made of
``figures``     what is measured of one panel: the other part of it
``strangers``   bytes that are no message, counted; ``broken``: of frames with a wrong CRC
``damage``      whether what comes is a message that came damaged before
``notes``       what is worth telling at once
``watch``       what is watched of everybody who reports
``panel``       the rest of one panel that speaks DC-09
``sender``      the rest of one sender of a line protocol; ``exchange``: how it takes its answers
``conduct``     departures that no single message shows
``grading``     from what was counted to a verdict
==============  ==============================================================================
"""

from panels.inspection.figures import KeyInfo
from panels.inspection.inspection import Inspection
from panels.inspection.notes import Note
from panels.inspection.report import Grade, Report, Station

__all__ = ["Grade", "Inspection", "KeyInfo", "Note", "Report", "Station"]
