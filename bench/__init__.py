"""Benchmarks: each measures something beside a yardstick of the same run, and prints a table.

Run them all with ``make bench``; ``docs/benchmarks.md`` says how to read them. No benchmark ever fails on a
number: machines differ, and what counts are the ratios of one run.
"""
