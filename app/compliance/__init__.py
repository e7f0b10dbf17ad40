"""The auditor's pages and commands.

They show the audit log in words and verify it, tell each candidate's story, report on a period, place legal holds,
apply retention, export a person's own data, and erase a person with a certificate. This room deletes data that is due
or must be erased. It never changes data that is kept: answers, grants, events.
"""
