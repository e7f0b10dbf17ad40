"""Whisper in plain PyTorch. The attributes have the names that CTranslate2's Whisper loader expects."""

from __future__ import annotations

import math
from types import SimpleNamespace

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.demo_model.settings import Sizes


def sinusoids(count: int, width: int) -> Tensor:
    """Return Whisper's position codes: a tensor (count, width) of sines and cosines."""
    step = math.log(10_000) / (width // 2 - 1)
    angles = torch.arange(count)[:, None] * torch.exp(-step * torch.arange(width // 2))[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    """Multi-head attention of a sequence over itself, or over `memory`."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(
        self, sequence: Tensor, memory: Tensor | None = None, causal: bool = False, weigh: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Return the result and, if `weigh`, the logarithms of the weights as (batch, heads, sequence, memory)."""
        batch, length, width = sequence.shape
        memory = sequence if memory is None else memory
        query, key, value = (
            projected.view(batch, -1, self.heads, width // self.heads).transpose(1, 2)
            for projected in (self.q_proj(sequence), self.k_proj(memory), self.v_proj(memory))
        )
        weights = None
        if weigh:
            weights = ((query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1])).log_softmax(-1)
            mixed = weights.exp().to(value.dtype) @ value
        else:
            mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return self.out_proj(mixed.transpose(1, 2).reshape(batch, length, width)), weights


class Layer(nn.Module):
    """One layer of the encoder, or of the decoder if `crossed` is true."""

    def __init__(self, width: int, heads: int, crossed: bool) -> None:
        super().__init__()
        self.self_attn, self.self_attn_layer_norm = Attention(width, heads), nn.LayerNorm(width)
        if crossed:
            self.encoder_attn, self.encoder_attn_layer_norm = Attention(width, heads), nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, memory: Tensor | None = None, weigh: bool = False) -> tuple[Tensor, Tensor | None]:
        """Return the result and the weights over `memory`, as in `Attention`."""
        x = x + self.self_attn(self.self_attn_layer_norm(x), causal=memory is not None)[0]
        weights = None
        if memory is not None:
            looked, weights = self.encoder_attn(self.encoder_attn_layer_norm(x), memory, weigh=weigh)
            x = x + looked
        return x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x)))), weights


class Encoder(nn.Module):
    """Converts log-mel features to one vector for each 20 ms."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width = sizes.width
        self.conv1 = nn.Conv1d(sizes.mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(sizes.encoder_positions, width)
        self.embed_positions.weight.data = sinusoids(sizes.encoder_positions, width)
        self.embed_positions.weight.requires_grad = False
        self.layers = nn.ModuleList(Layer(width, sizes.heads, False) for _ in range(sizes.encoder_layers))
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, features: Tensor, offset: int = 0) -> tuple[Tensor, Tensor]:
        """Return the outputs of the last and the middle layer.

        `features` is (batch, mels, 2 * frames), placed `offset` frames after the start of the window.
        """
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(features)))).transpose(1, 2)
        x = middle = x + self.embed_positions.weight[offset : offset + x.shape[1]]
        for number, layer in enumerate(self.layers, start=1):
            x = layer(x)[0]
            if number == len(self.layers) // 2:
                middle = x
        return self.layer_norm(x), middle


class Decoder(nn.Module):
    """Converts tokens and the encoder's vectors to one vector for each next token."""

    def __init__(self, sizes: Sizes, tokens: int) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(tokens, sizes.width)
        self.embed_positions = nn.Embedding(sizes.decoder_positions, sizes.width)
        self.layers = nn.ModuleList(Layer(sizes.width, sizes.heads, True) for _ in range(sizes.decoder_layers))
        self.layer_norm = nn.LayerNorm(sizes.width)

    def forward(self, ids: Tensor, memory: Tensor, weigh: bool = False) -> tuple[Tensor, list[Tensor]]:
        """Return the vectors and, if `weigh`, the logarithms of every layer's attention weights over `memory`."""
        x = self.embed_tokens(ids) + self.embed_positions.weight[: ids.shape[1]]
        looked = []
        for layer in self.layers:
            x, weights = layer(x, memory, weigh)
            if weights is not None:
                looked.append(weights)
        return self.layer_norm(x), looked


class Whisper(nn.Module):
    """The whole network. The output layer shares its weights with the token embedding."""

    def __init__(self, sizes: Sizes, tokens: int, first_timestamp: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.config = SimpleNamespace(
            encoder_layers=sizes.encoder_layers,
            decoder_layers=sizes.decoder_layers,
            encoder_attention_heads=sizes.heads,
            decoder_attention_heads=sizes.heads,
        )
        self.model = nn.Module()
        self.model.encoder, self.model.decoder = Encoder(sizes), Decoder(sizes, tokens)
        for part in (self.model.encoder, self.model.decoder):
            part.config = SimpleNamespace(scale_embedding=False)
        self.proj_out = nn.Linear(sizes.width, tokens, bias=False)
        self._begin(first_timestamp)
        self.proj_out.weight = self.model.decoder.embed_tokens.weight

    def logits(self, vectors: Tensor) -> Tensor:
        """Return the score of every token as the next one, for each vector of the decoder."""
        return self.proj_out(vectors)

    def _begin(self, first_timestamp: int) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        width = self.sizes.width
        embedding = self.model.decoder.embed_tokens.weight.data
        embedding.normal_(0, width**-0.5)
        # The embedding of a timestamp starts as the position code of the encoder frame at that time.
        codes = sinusoids(self.sizes.encoder_positions + 1, width) * (2 / width) ** 0.5
        embedding[first_timestamp:] = codes[: len(embedding) - first_timestamp]
        self.model.decoder.embed_positions.weight.data.normal_(0, 0.02)
