"""Media: what is in a recording, and how it is made playable.

Owns the kinds of file, the sandbox in which files from strangers are read, remuxing, transcoding and sound. Paths and
values come in, paths and values go out: it knows no database and no request.
It refuses to trust a recording: a file is what its bytes say, never what its name says, and what would cost too much is
refused before it is paid.
"""
