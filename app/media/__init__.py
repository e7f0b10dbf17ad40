"""Media: the content of recordings, and how they are made playable.

Owns the kinds of file, the sandbox for untrusted files, remuxing, transcoding and sound. Its functions take and return
paths and values: it uses no database and no request.
It does not trust recordings: the bytes decide what a file is, not its name, and a file that would cost too much is
refused early.
"""
