"""Export the network as a folder that faster-whisper can load: CTranslate2's format, int8."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import torch
import transformers  # noqa: F401 - CTranslate2's loader needs it, and gives no clear error without it
from ctranslate2.converters.transformers import WhisperLoader

from tools.demo_model.listening import DEMO_MODEL
from tools.demo_model.losses import GUIDED_HEADS
from tools.demo_model.model import Whisper
from tools.demo_model.problems import Problem
from tools.demo_model.settings import MAX_MODEL_BYTES
from tools.demo_model.tokens import build_tokenizer, save_tokenizer

# int8 for matrices and float16 for the rest gives 4.4 MB. The model loads with any compute type.
_QUANTIZATION = "int8_float16"
_PREPROCESSOR = {
    "chunk_length": 30,
    "feature_size": 80,
    "hop_length": 160,
    "n_fft": 400,
    "sampling_rate": 16000,
    "nb_max_frames": 3000,
    "n_samples": 480000,
    "padding_side": "right",
    "padding_value": 0.0,
    "feature_extractor_type": "WhisperFeatureExtractor",
    "processor_class": "WhisperProcessor",
    "return_attention_mask": False,
}

MADE = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.json")
"""The files that the training writes to the model's folder. Its README.md and fairtake.json are written by hand."""


class ModelTooLarge(Problem):
    """The exported folder is larger than MAX_MODEL_BYTES."""


def export(whisper: Whisper, folder: Path) -> int:
    """Write the model folder, replacing an existing one, and return its size in bytes.

    Raises ModelTooLarge if the size exceeds MAX_MODEL_BYTES; the folder is then deleted.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer = build_tokenizer()
    named = tokenizer.token_to_id
    with torch.no_grad():
        spec = WhisperLoader().get_model_spec(copy.deepcopy(whisper))  # quantizing overwrites the weights
        last = whisper.sizes.decoder_layers - 1
        spec.config.suppress_ids = []
        spec.config.suppress_ids_begin = [named("Ġ"), named("<|endoftext|>")]
        spec.config.lang_ids = [named("<|en|>")]
        spec.config.alignment_heads = [[last, head] for head in range(GUIDED_HEADS)]
        vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
        spec.register_vocabulary([token for token, _ in vocabulary])
        spec.validate()
        spec.optimize(quantization=_QUANTIZATION)
        spec.save(str(folder))
    save_tokenizer(folder / "tokenizer.json")  # otherwise faster-whisper downloads one
    (folder / "preprocessor_config.json").write_text(json.dumps(_PREPROCESSOR))
    shutil.copy(DEMO_MODEL / "fairtake.json", folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    if size > MAX_MODEL_BYTES:
        shutil.rmtree(folder)
        raise ModelTooLarge(f"The model came to {size} bytes; at most {MAX_MODEL_BYTES} are allowed.")
    return size


def publish(folder: Path) -> None:
    """Replace the model files in models/demo with those of an exported model.

    README.md and fairtake.json do not change.
    """
    for name in MADE:
        partial = DEMO_MODEL / f"{name}.partial"
        shutil.copy(folder / name, partial)
        partial.replace(DEMO_MODEL / name)
