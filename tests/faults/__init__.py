"""Faults: a whole installation under load, in which something fails at a random moment. `python -m tests.faults` runs it.

`kinds/` has one file for each kind of fault. `checks.py` says what must be true after every fault.
"""
