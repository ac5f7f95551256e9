"""Vision transformers with the module structure and names of Hugging Face's ViT, CLIP and BLIP."""

import torch
import torch.nn.functional as F
from torch import nn

SIDE = 32


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


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
