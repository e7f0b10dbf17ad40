"""Media: the content of recordings, and how recordings are made playable.

This package owns the list of accepted kinds of file, the sandbox for untrusted files, remuxing, transcoding and sound.
Its functions take and return paths and values, without access to the database or the request.

Recordings are untrusted: the bytes of a file, not its name, decide its kind, and a file that would take too much time
or memory is refused early.
"""
