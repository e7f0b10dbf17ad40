"""The training of the demo speech model in models/demo: sentences, voices, a small Whisper network, and its evaluation.

The product does not import this package. Training needs the packages in requirements/training.txt and the espeak-ng
library; `python -m tools.demo_model` reports what is missing. `clips` and `demo_answers` generate the test clips and the demo
answers with the same voices, and do not need torch.
"""
