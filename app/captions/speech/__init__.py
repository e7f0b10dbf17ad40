"""Speech becomes words with times: models, windows, the transcriber. Knows no database; the only user of faster-whisper."""
