"""A mutation fuzzer of all protocols: frames that were right, damaged in every way a line, a panel or an attacker can.

``python -m tests.fuzz --for 60s`` (or ``make fuzz FUZZ_ARGS="--for 60s"``) makes inputs and holds both ends, the
decoder of captures and the explanations against rules that stand here a second time, written without the code
under test (``reference``). An input depends on the seed and its number alone, so that each can be made again.

The way of an input of DC-09: ``panels`` makes frames, ``mutations`` and ``fields`` damage them, ``inputs`` puts a
``case`` together, ``receiving`` (with ``feeding``, ``arrivals``, ``answering``, ``explaining``) and ``sending`` run it
and say what is wrong. Of every other protocol: ``lines`` makes it, ``line_receiving`` and ``line_sending`` run it.
``shrinking`` makes a failing one small, ``running`` repeats all of it.
"""
