"""The auditor's pages and commands.

They show the audit log in words and verify it, tell each candidate's story, report on a period, place legal holds,
apply retention, export a person's own data, and erase a person with a certificate. This package deletes data that is
due for deletion or must be erased. It never changes the data that is kept: answers, grants and events.
"""
