"""How the demo speech model in models/demo is made: sentences, voices, a small Whisper, its training and its measure.

No part of the product imports this. It needs requirements/training.txt and the espeak-ng library; `python -m training`
says which is missing. The clips of the tests and the answers of the demo come from the same voices: see `clips` and
`demo_answers`, which need no torch.
"""
