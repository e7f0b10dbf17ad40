"""Media: the content of recordings, and how recordings are made playable.

This room owns the kinds of file, the sandbox for untrusted files, remuxing, transcoding and sound. Its functions take
and return paths and values; they use neither the database nor the request.

Recordings are untrusted: the bytes decide what a file is, not its name, and a file that would cost too much is refused
early.
"""
