"""Caption tracks and the speech model that makes them."""

from app.config import Config


def speech_model_is_present(config: Config) -> bool:
    """Whether the configured speech model is on this machine."""
    from app.captions.transcriber import model_is_present

    return model_is_present(config.whisper_model)
