"""Speech recognition: models, windows and the transcriber. Uses no database. No other room imports faster-whisper."""
