"""How the state of the console is kept at the station's: the parts of ``tui.feed``.

=============  =================================================================
``stream``     following one stream whatever happens to it
``alarms``     the open alarms: every change at once
``journal``    entries in batches, the newest at the start, gaps, older pages
``wire``       bytes and verdicts in batches, while somebody looks
``polls``      status, paths and names: asked for, not told
``calls``      the operator's actions and questions, refusals in words
=============  =================================================================
"""
