"""Recordings: takes, their resumable uploads, and the media file that is made from each take.

This package owns every byte of a recording, from its first part to the served file. It loses none: acknowledged parts
are on disk, an interrupted recording is kept up to the interruption, and the segments of one take are joined.

It never decodes a recording itself: the package `media` does, in a child process without network access, with limits on
files and memory. It knows nothing about captions: the package `captions` makes them from the decoded sound.
"""
