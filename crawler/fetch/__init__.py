"""How pages are fetched: whether a request may go out, when, and how much of an answer is taken.

`transport` is the one way out; everything it asks on the way stands in a file of its own.
"""
