"""``ptsn ports --probe``: what a serial line speaks and how it is set, found by listening alone.

``settings`` says what to try, ``judging`` what bytes are under a setting, ``listening`` walks from one to the next.
"""
