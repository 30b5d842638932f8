"""What the protocols of receivers and serial lines have in common: one message, one answer, the next message.

``scanning`` cuts the stream by a protocol's grammar, ``receiving`` is the station's end and ``sending`` the panel's or
a relay's (``speech`` is what it needs of a protocol); what the bytes mean is the protocol's own. ``channels`` are those
of 4-8-1, which several receivers hand on. ``options`` are what a person settles for a source,
``overrides`` the codes of it that mean something else than the tables say.
"""
