"""What ``ptsn decode`` is made of: where bytes come from, what they say, and how it is shown.

================  =================================================================
``source``        a file or a pipe, in chunks, and what kind it is
``conversation``  pieces of a capture into messages: ``seen``
``stations``      who of the two that talk is the station
``reader``        one flow into messages, whatever the protocol; ``answers``, ``blocks``
``waiting``       which of them were not answered
``keys``          what is known beforehand: keys in both forms, encoding, numbers
``record``        a message as data, for programs
``cells``         bytes as they are shown
``layout``        a message with its parts beneath and beside its bytes
``page``          all that is shown of a message; ``brief`` the same in few lines
``tally``         what was seen, and the exit code
``words``         the words for all this
================  =================================================================
"""
