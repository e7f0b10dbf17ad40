"""The losses of the training: for the next token, the phoneme and word of each frame, and the attention weights.

The phonemes and words of frames have their own output heads, which are not exported. These heads and the guided
attention make it possible to train such a small network with so little speech, and make the word times of the network
reliable.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.demo_model.batches import Batch
from tools.demo_model.model import Whisper
from tools.demo_model.targets import IGNORED
from tools.demo_model.tokens import Tokens

GUIDED_HEADS = 2
"""Number of guided attention heads in the first and in the last decoder layer.

Those of the last layer give the word times.
"""

_WEIGHTS = {"text": 1.0, "phonemes": 0.2, "words": 0.6, "look_last": 0.4, "look_first": 0.25}
_BLUR = (0.02, 0.08, 0.2, 0.4, 0.2, 0.08, 0.02)  # a timestamp that is 0.02 s off is nearly right
_SMOOTHING = 0.05
_QUIET_WEIGHT = 0.25  # reduces the weight of frames without speech, because there are many such frames


class Teacher(nn.Module):
    """The network with the additional output heads for training."""

    def __init__(self, whisper: Whisper, tokens: Tokens, phoneme_classes: int) -> None:
        super().__init__()
        self.whisper, self._tokens = whisper, tokens
        self.phonemes = nn.Linear(whisper.sizes.width, phoneme_classes)
        self.words = nn.Linear(whisper.sizes.width, tokens.word_classes)

    def forward(self, features: Tensor, batch: Batch) -> Lesson:
        """Return the losses of a batch, and the shares of correctly predicted words and frames."""
        memory, middle = self.whisper.model.encoder(features, batch.offset)
        vectors, looked = self.whisper.model.decoder(batch.ids, memory, weigh=True)
        asked = batch.labels != IGNORED
        labels = batch.labels[asked]
        scores = self.whisper.logits(vectors[asked]).float().log_softmax(-1)
        is_time = labels >= self._tokens.first_timestamp
        phonemes, words = self.phonemes(middle).float(), self.words(memory).float()
        # The last layer attends to the token that it predicts, the first layer to the token that it has just read.
        read = functional.pad(batch.heard[:, :-1], (0, 0, 1, 0), value=-1)
        losses = {
            "text": self._text(scores, labels, is_time),
            "phonemes": _frames(phonemes, batch.phonemes),
            "words": _frames(words, batch.words),
            "look_last": _look(looked[-1], batch.heard, asked),
            "look_first": _look(looked[0], read, asked),
        }
        right = scores.argmax(-1) == labels
        heard = batch.words > 0
        return Lesson(
            loss=sum(_WEIGHTS[name] * loss for name, loss in losses.items()),
            seen={name: float(loss.detach()) for name, loss in losses.items()}
            | {
                "words right": float(right[~is_time].float().mean()),
                "frames right": float((words.argmax(-1) == batch.words)[heard].float().mean()) if heard.any() else 0.0,
            },
        )

    def _text(self, scores: Tensor, labels: Tensor, is_time: Tensor) -> Tensor:
        plain = -scores.gather(1, labels[:, None])[:, 0]
        smooth = (1 - _SMOOTHING) * plain - _SMOOTHING * scores.mean(-1)
        near = labels[:, None] + torch.arange(-3, 4, device=labels.device)
        near = near.clamp(self._tokens.first_timestamp, scores.shape[1] - 1)
        blurred = -(scores.gather(1, near) * torch.tensor(_BLUR, device=labels.device)).sum(1)
        return torch.where(is_time, blurred, smooth).mean()


@dataclass(frozen=True, slots=True)
class Lesson:
    """The result of a batch: the total loss, and the numbers to print as progress."""

    loss: Tensor
    seen: dict[str, float]


def _frames(scores: Tensor, classes: Tensor) -> Tensor:
    weights = torch.where(classes > 0, 1.0, _QUIET_WEIGHT).flatten()
    each = functional.cross_entropy(scores.flatten(0, 1), classes.flatten(), reduction="none")
    return (each * weights).sum() / weights.sum()


def _look(weights: Tensor, heard: Tensor, asked: Tensor) -> Tensor:
    """Return a loss that makes the guided heads attend evenly to the frames of a token.

    The loss is the negated mean logarithm of the heads' weights in these frames.
    """
    weights = weights[:, :GUIDED_HEADS].float()
    sums = functional.pad(weights.cumsum(-1), (1, 0))
    guided = (heard[..., 0] >= 0) & asked
    first, last = heard[..., 0].clamp(min=0), heard[..., 1].clamp(min=0)

    def sum_before(frame: Tensor) -> Tensor:
        return sums.gather(-1, frame[:, None, :, None].expand(-1, GUIDED_HEADS, -1, 1))[..., 0]

    mean = (sum_before(last) - sum_before(first)) / (last - first).clamp(min=1)[:, None]
    return -(mean * guided[:, None]).sum() / (guided.sum() * GUIDED_HEADS).clamp(min=1)
