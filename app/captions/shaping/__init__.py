"""Turn words with times into readable cues: phrases, lines and timing. No I/O."""
