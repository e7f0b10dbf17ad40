"""Recordings: takes, the resumable uploads that bring them, and the one file that is made of each.

It owns every byte of a recording from its first part to the file that is served, and it loses none: an acknowledged
part is on disk, a cut recording is kept as far as it goes, sessions of one take are joined.
It refuses to open a recording itself: the media room does, in a child process without network, other files or much memory.
It knows nothing of words: captions are made next door, from the sound that the media room decodes.
"""
