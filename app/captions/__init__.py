"""Captions: what was said, when, and how it is shown.

Owns speech recognition (`transcriber`, `speech_models`), the shaping of words into cues (`rules` and the pure modules
beside it), caption files (`vtt`, `files`), the tracks that are kept, every version of them (`models`, `services`,
`corrections`), and the editor in which people correct them (`editing`, `merging`, `alignment`).

Refuses: to open media files (audio arrives as samples, from the recording room), to fetch a model while an answer
waits, to drop or change a word that was heard, to show an automatic caption as a checked one, and any analysis of the
speaker: pace, fillers, emotion.
"""
