"""``ptsn demo``: a station, the panels of a fictitious district and a view of both, in a temporary folder.

::

    folder    the temporary folder, and what killed demos left behind
    parts     the station, the fleet and a radio channel, three processes
    raising   raises an alarm at a chosen school, over the fleet's commands
    terminal  leaves a terminal as it was
    views     what is shown meanwhile: the console, or plain lines
    outcome   what came of it, counted from the journal
"""
