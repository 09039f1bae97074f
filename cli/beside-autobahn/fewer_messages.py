"""Autobahn's wstest, with another number of messages for each of its compression cases than the 1,000 that it has fixed.

Usage: python fewer_messages.py MESSAGES WSTEST-ARGUMENT...
"""
import sys

from autobahntestsuite import case, wstest

messages = int(sys.argv.pop(1))
for one in case.Cases:
    if one.__name__.startswith(("Case12_", "Case13_")):
        one.COUNT = messages
wstest.run()
