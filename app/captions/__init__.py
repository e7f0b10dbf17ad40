"""Captions: the text of what was said, with its times, and how it is shown.

This package owns the stored caption tracks and all their versions (`models`, `services`, `corrections`), the caption
editor (`editing`, `merging`, `alignment`), and the media of questions with their captions (`question_media`). Three
subpackages do not use the database: `speech` transcribes, `shaping` turns words into cues, and `files` reads and writes
caption files.

This package does not open media files (`app.media` passes audio samples to it), download a speech model while an answer
waits, drop or change a recognised word, show automatic captions as checked, or analyse the speaker (pace, fillers,
emotion).
"""
