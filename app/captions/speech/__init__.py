"""Speech recognition: models, windows and the transcriber. Uses no database. Only this package imports faster-whisper."""
