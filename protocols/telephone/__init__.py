"""The telephone form: the audio of a call into Contact ID and SIA messages, and the tones of both ends.

The way of a call: ``audio`` reads the recording, ``spectrum`` looks at it every 5 ms, ``dtmf`` finds digits, ``single``
tones, ``fsk`` bytes. ``listening`` makes entries of what was heard, ``call`` puts them in the order of time and says
who said what; ``digits`` reads a message of digits, ``sessions`` the blocks of SIA, ``explaining`` takes a message
apart. ``tones`` makes what both ends play, the handshake and kissoff of a receiver among it, ``calls`` whole calls with
their faults.

All but this module, ``findings``, ``digits`` and ``explaining`` need numpy, the optional extra ``telephone``. Samples
are arrays of floats, 8000 a second, where 1.0 is full scale. Source: contact_id_and_sia.md, 1.2-1.5, 2.1-2.2 and 6.3.
"""
