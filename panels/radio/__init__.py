"""Radio from the panels' side: the air between stations, in simulated time, and what a channel does under load.

``air`` moves frames of bytes between ``nodes`` and knows no protocol, ``noise`` makes wrong bits, ``serial`` is the
wire between a modem and its user. ``trial`` runs the real channel access of many objects (``sides``) in a ``setting``;
``planning`` sets formula and trial side by side.
"""
