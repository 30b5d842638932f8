"""Checking a real panel: a temporary station, what it shows while it runs, and the report at the end.

===============  ================================================================
``where``        addresses as people type them
``hearing``      what is opened, and as which protocol
``keys``         the keys to try, and what may be told of them
``session``      the station, from its start to its end
``ending``       Ctrl-C and its like
``withholding``  one message of each sender that is not acknowledged, on purpose
``watching``     the wire of that station, with an inspection at it
``room``         what disk and memory a check may take
``files``        the files that the report is written to
``output``       the terminal: lines and a status line
``words``        texts in three languages, times, durations
``place``        where it listens, and what to look at when nothing comes
``opening``      what to type into the panel
``live``         a line or more for each thing worth telling
``document``     the report as sections of plain blocks
``readable``     bytes with the letters of their texts
``text``         those as text of 80 columns
``page``         those as one HTML page
===============  ================================================================
"""
