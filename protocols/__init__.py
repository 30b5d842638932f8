"""Bytes to signals and back. Sans-IO: no socket, no clock, no disk, no Twisted."""
