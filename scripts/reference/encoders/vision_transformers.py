"""Vision transformers with the module structure and names of Hugging Face's ViT."""

import torch
import torch.nn.functional as F
from torch import nn

SIDE = 32


def split_heads(x, heads):
    """[batch, tokens, width] -> [batch, heads, tokens, width / heads]."""
    return x.view(x.size()[:-1] + (heads, x.size(-1) // heads)).permute(0, 2, 1, 3)


def merge_heads(x):
    x = x.permute(0, 2, 1, 3).contiguous()
    return x.view(x.size()[:-2] + (x.size(-2) * x.size(-1),))


class PatchEmbeddings(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.projection = nn.Conv2d(3, width, patch, patch)

    def forward(self, pixel_values):
        return self.projection(pixel_values).flatten(2).transpose(1, 2)


class VitEmbeddings(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.patch_embeddings = PatchEmbeddings(width, patch)
        self.position_embeddings = nn.Parameter(torch.zeros(1, (SIDE // patch) ** 2 + 1, width))

    def forward(self, pixel_values):
        patches = self.patch_embeddings(pixel_values)
        first = self.cls_token.expand(pixel_values.shape[0], -1, -1)
        return torch.cat((first, patches), dim=1) + self.position_embeddings


class VitSelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)

    def forward(self, x):
        query, key, value = (
            split_heads(part(x), self.heads) for part in (self.query, self.key, self.value)
        )
        scores = torch.matmul(query, key.transpose(-1, -2)) / (query.size(-1) ** 0.5)
        return merge_heads(torch.matmul(F.softmax(scores, dim=-1), value))


class Dense(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.dense = nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.dense(x)


class VitAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = VitSelfAttention(width, heads)
        self.output = Dense(width, width)

    def forward(self, x):
        return self.output(self.attention(x))


class VitLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = VitAttention(width, heads)
        self.intermediate = Dense(width, 2 * width)
        self.output = Dense(2 * width, width)
        self.layernorm_before = nn.LayerNorm(width, eps=1e-12)
        self.layernorm_after = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x):
        x = x + self.attention(self.layernorm_before(x))
        return x + self.output(F.gelu(self.intermediate(self.layernorm_after(x))))


class VitEncoder(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.layer = nn.ModuleList(VitLayer(width, heads) for _ in range(layers))

    def forward(self, x):
        for layer in self.layer:
            x = layer(x)
        return x


class Vit(nn.Module):
    """ViTModel without a pooler."""

    def __init__(self, width=16, heads=2, layers=2, patch=8):
        super().__init__()
        self.embeddings = VitEmbeddings(width, patch)
        self.encoder = VitEncoder(width, heads, layers)
        self.layernorm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, pixel_values):
        return self.layernorm(self.encoder(self.embeddings(pixel_values)))


class VitClassifierBody(nn.Module):
    """The names of a ViTForImageClassification (`vit.embeddings...`), with its body's output."""

    def __init__(self):
        super().__init__()
        self.vit = Vit()

    def forward(self, pixel_values):
        return self.vit(pixel_values)
