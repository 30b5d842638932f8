"""One command a module; each has an attribute ``command``, a :class:`click.Command` (see :mod:`ptsn.cli`)."""
