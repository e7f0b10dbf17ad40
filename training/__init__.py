"""The training of the demo speech model in models/demo: sentences, voices, a small Whisper, and its evaluation.

The product does not import this package. It needs requirements/training.txt and the espeak-ng library; `python -m
training` says if one is missing. The test clips and the demo's answers use the same voices: `clips` and `demo_answers`,
which do not need torch.
"""
