"""Captions: what was said, when, and how it is shown.

Owns the tracks that are kept and every version of them (`models`, `services`, `corrections`), the editor in which people
correct them (`editing`, `merging`, `alignment`), and the media of questions with their captions (`question_media`). Three
rooms of its own know no database: `speech` hears words, `shaping` makes cues of them, `files` reads and writes caption files.

Refuses: to open media files (audio arrives as samples, from the media room), to fetch a model while an answer
waits, to drop or change a word that was heard, to show an automatic caption as a checked one, and any analysis of the
speaker: pace, fillers, emotion.
"""
