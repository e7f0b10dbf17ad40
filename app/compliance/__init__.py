"""Pages and commands for auditors: the log in words and its verification, each candidate's story, reports on a
period, legal holds, retention, a person's own data, and erasure with its certificate.

This room deletes what is due or must be erased. It never changes what is kept: answers, grants, events.
"""
