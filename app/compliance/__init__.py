"""What auditors ask and duties demand: the log in words and whether it is whole, each candidate's story, reports on a
period, legal holds, retention, a person's own data, and erasure with its certificate.

It deletes what is due or was asked to be erased. It refuses to change anything that is kept: no answer, no grant, no event.
"""
