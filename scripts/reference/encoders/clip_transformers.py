"""CLIP's transformer and its image side, with the module structure and names of Hugging Face's."""

import torch
import torch.nn.functional as F
from torch import nn

from vision_transformers import SIDE


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


class ClipAttention(nn.Module):
    """CLIP's attention in its batched-matrix form; `mask` [batch, 1, tokens, tokens] is added."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.head_dim = heads, width // heads
        self.scale = self.head_dim**-0.5
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def shape(self, x, tokens, batch):
        return x.view(batch, tokens, self.heads, self.head_dim).transpose(1, 2).contiguous()

    def forward(self, x, mask=None):
        batch, tokens, width = x.size()
        flat = (batch * self.heads, -1, self.head_dim)
        query = self.shape(self.q_proj(x) * self.scale, tokens, batch).view(*flat)
        key = self.shape(self.k_proj(x), -1, batch).view(*flat)
        value = self.shape(self.v_proj(x), -1, batch).view(*flat)
        scores = torch.bmm(query, key.transpose(1, 2))
        if mask is not None:
            scores = scores.view(batch, self.heads, tokens, tokens) + mask
            scores = scores.view(batch * self.heads, tokens, tokens)
        out = torch.bmm(F.softmax(scores, dim=-1), value)
        out = out.view(batch, self.heads, tokens, self.head_dim).transpose(1, 2)
        return self.out_proj(out.reshape(batch, tokens, width))


class ClipMlp(nn.Module):
    def __init__(self, width, activation):
        super().__init__()
        self.activation = activation
        self.fc1 = nn.Linear(width, 2 * width)
        self.fc2 = nn.Linear(2 * width, width)

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


class ClipLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.self_attn = ClipAttention(width, heads)
        self.layer_norm1 = nn.LayerNorm(width)
        self.mlp = ClipMlp(width, quick_gelu)
        self.layer_norm2 = nn.LayerNorm(width)

    def forward(self, x, mask=None):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.mlp(self.layer_norm2(x))


class ClipEncoder(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.layers = nn.ModuleList(ClipLayer(width, heads) for _ in range(layers))

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        return x


class ClipVisionEmbeddings(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.patch_embedding = nn.Conv2d(3, width, patch, patch, bias=False)
        positions = (SIDE // patch) ** 2 + 1
        self.position_embedding = nn.Embedding(positions, width)
        self.register_buffer("position_ids", torch.arange(positions).expand((1, -1)))

    def forward(self, pixel_values):
        patches = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(pixel_values.shape[0], 1, -1)
        return torch.cat([first, patches], dim=1) + self.position_embedding(self.position_ids)


class ClipVisionTransformer(nn.Module):
    def __init__(self, width, heads, layers, patch):
        super().__init__()
        self.embeddings = ClipVisionEmbeddings(width, patch)
        self.pre_layrnorm = nn.LayerNorm(width)
        self.encoder = ClipEncoder(width, heads, layers)
        self.post_layernorm = nn.LayerNorm(width)

    def forward(self, pixel_values):
        last = self.encoder(self.pre_layrnorm(self.embeddings(pixel_values)))
        return last, self.post_layernorm(last[:, 0, :])


class ClipVision(nn.Module):
    """CLIPVisionModelWithProjection: (image_embeds, last_hidden_state)."""

    def __init__(self, width=16, heads=2, layers=2, patch=8, projection=12):
        super().__init__()
        self.vision_model = ClipVisionTransformer(width, heads, layers, patch)
        self.visual_projection = nn.Linear(width, projection, bias=False)

    def forward(self, pixel_values):
        last, pooled = self.vision_model(pixel_values)
        return self.visual_projection(pooled), last
