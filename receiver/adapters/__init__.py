"""How bytes arrive: thin shells that tie an End to a Twisted transport. No decision is taken here.

A leaf: it knows Twisted and ``protocols``, nothing else of ``receiver``, so that ``panels`` can use it too.
"""
