"""Where phrases begin in languages without spaces: the weights of BudouX 0.9.2, by Google (Apache 2.0, see LICENSE).

Data only. `tools/phrase_weights.py` writes the modules, and `phrase_starts` reads them. Each value of WEIGHTS is a list
of the characters of a feature, each with its weight.
"""
