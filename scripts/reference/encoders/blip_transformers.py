"""BLIP's image side, with the module structure and names of Hugging Face's."""

import torch
import torch.nn.functional as F
from torch import nn

from clip_transformers import ClipMlp
from vision_transformers import SIDE


class BlipAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.size()
        mixed = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4)
        scores = torch.matmul(query, key.transpose(-1, -2)) * self.scale
        out = torch.matmul(F.softmax(scores, dim=-1), value).permute(0, 2, 1, 3)
        return self.projection(out.reshape(out.size()[:-2] + (width,)))


class BlipLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.self_attn = BlipAttention(width, heads)
        self.layer_norm1 = nn.LayerNorm(width)
        self.mlp = ClipMlp(width, F.gelu)
        self.layer_norm2 = nn.LayerNorm(width)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class BlipEmbeddings(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(1, 1, width))
        self.patch_embedding = nn.Conv2d(3, width, patch, patch)
        self.position_embedding = nn.Parameter(torch.zeros(1, (SIDE // patch) ** 2 + 1, width))

    def forward(self, pixel_values):
        patches = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(pixel_values.shape[0], 1, -1)
        embeddings = torch.cat([first, patches], dim=1)
        return embeddings + self.position_embedding[:, : embeddings.size(1), :]


class BlipEncoder(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.layers = nn.ModuleList(BlipLayer(width, heads) for _ in range(layers))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class BlipVision(nn.Module):
    """BlipVisionModel: (last_hidden_state, pooler_output)."""

    def __init__(self, width=16, heads=2, layers=2, patch=8):
        super().__init__()
        self.embeddings = BlipEmbeddings(width, patch)
        self.encoder = BlipEncoder(width, heads, layers)
        self.post_layernorm = nn.LayerNorm(width)

    def forward(self, pixel_values):
        last = self.post_layernorm(self.encoder(self.embeddings(pixel_values)))
        return last, self.post_layernorm(last[:, 0, :])
