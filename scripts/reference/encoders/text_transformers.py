"""Text transformers with the module structure and names of Hugging Face's BERT, DistilBERT, RoBERTa and CLIP."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from clip_transformers import ClipEncoder
from vision_transformers import Dense, merge_heads, split_heads


class BertEmbeddings(nn.Module):
    def __init__(self, vocabulary, width, positions):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width, padding_idx=0)
        self.position_embeddings = nn.Embedding(positions, width)
        self.token_type_embeddings = nn.Embedding(2, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)
        self.register_buffer("position_ids", torch.arange(positions).expand((1, -1)))

    def forward(self, input_ids, token_type_ids):
        positions = self.position_ids[:, : input_ids.size(1)]
        embeddings = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids)
        return self.LayerNorm(embeddings + self.position_embeddings(positions))


class RobertaEmbeddings(nn.Module):
    """Positions are counted over tokens that are no padding and start after the padding's index."""

    def __init__(self, vocabulary, width, positions, padding=1):
        super().__init__()
        self.padding_idx = padding
        self.word_embeddings = nn.Embedding(vocabulary, width, padding_idx=padding)
        self.position_embeddings = nn.Embedding(positions, width, padding_idx=padding)
        self.token_type_embeddings = nn.Embedding(1, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-5)
        types = torch.zeros((1, positions), dtype=torch.long)
        self.register_buffer("token_type_ids", types, persistent=False)

    def forward(self, input_ids):
        mask = input_ids.ne(self.padding_idx).int()
        positions = (torch.cumsum(mask, dim=1).type_as(mask) * mask).long() + self.padding_idx
        batch, tokens = input_ids.size()
        types = self.token_type_ids[:, :tokens].expand(batch, tokens)
        embeddings = self.word_embeddings(input_ids) + self.token_type_embeddings(types)
        return self.LayerNorm(embeddings + self.position_embeddings(positions))


class BertSelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)

    def forward(self, x, mask):
        query, key, value = (
            split_heads(part(x), self.heads) for part in (self.query, self.key, self.value)
        )
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1))
        return merge_heads(torch.matmul(F.softmax(scores + mask, dim=-1), value))


class BertOutput(nn.Module):
    def __init__(self, inputs, width, eps):
        super().__init__()
        self.dense = nn.Linear(inputs, width)
        self.LayerNorm = nn.LayerNorm(width, eps=eps)

    def forward(self, x, residual):
        return self.LayerNorm(self.dense(x) + residual)


class BertAttention(nn.Module):
    def __init__(self, width, heads, eps):
        super().__init__()
        self.self = BertSelfAttention(width, heads)
        self.output = BertOutput(width, width, eps)

    def forward(self, x, mask):
        return self.output(self.self(x, mask), x)


class BertLayer(nn.Module):
    def __init__(self, width, heads, eps):
        super().__init__()
        self.attention = BertAttention(width, heads, eps)
        self.intermediate = Dense(width, 2 * width)
        self.output = BertOutput(2 * width, width, eps)

    def forward(self, x, mask):
        x = self.attention(x, mask)
        return self.output(F.gelu(self.intermediate(x)), x)


class BertEncoder(nn.Module):
    def __init__(self, width, heads, layers, eps):
        super().__init__()
        self.layer = nn.ModuleList(BertLayer(width, heads, eps) for _ in range(layers))

    def forward(self, x, mask):
        for layer in self.layer:
            x = layer(x, mask)
        return x


class BertPooler(Dense):
    def forward(self, x):
        return torch.tanh(self.dense(x[:, 0]))


def additive_mask(attention_mask, dtype):
    """[batch, tokens] of 0 and 1 -> [batch, 1, 1, tokens] of the lowest number and 0."""
    mask = attention_mask[:, None, None, :].to(dtype=dtype)
    return (1.0 - mask) * torch.finfo(torch.float32).min


class Bert(nn.Module):
    """BertModel: (last_hidden_state, pooler_output)."""

    def __init__(self, vocabulary, width=16, heads=2, layers=2, positions=24):
        super().__init__()
        self.embeddings = BertEmbeddings(vocabulary, width, positions)
        self.encoder = BertEncoder(width, heads, layers, 1e-12)
        self.pooler = BertPooler(width, width)

    def forward(self, input_ids, attention_mask, token_type_ids):
        x = self.embeddings(input_ids, token_type_ids)
        last = self.encoder(x, additive_mask(attention_mask, x.dtype))
        return last, self.pooler(last)


class Roberta(nn.Module):
    """RobertaModel without a pooler."""

    def __init__(self, vocabulary, width=16, heads=2, layers=2, positions=26):
        super().__init__()
        self.embeddings = RobertaEmbeddings(vocabulary, width, positions)
        self.encoder = BertEncoder(width, heads, layers, 1e-5)

    def forward(self, input_ids, attention_mask):
        x = self.embeddings(input_ids)
        return self.encoder(x, additive_mask(attention_mask, x.dtype))


class DistilBertEmbeddings(nn.Module):
    def __init__(self, vocabulary, width, positions):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width, padding_idx=0)
        self.position_embeddings = nn.Embedding(positions, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)
        positions = torch.arange(positions).expand((1, -1))
        self.register_buffer("position_ids", positions, persistent=False)

    def forward(self, input_ids):
        positions = self.position_ids[:, : input_ids.size(1)]
        return self.LayerNorm(self.word_embeddings(input_ids) + self.position_embeddings(positions))


class DistilBertAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_lin = nn.Linear(width, width)
        self.k_lin = nn.Linear(width, width)
        self.v_lin = nn.Linear(width, width)
        self.out_lin = nn.Linear(width, width)

    def shape(self, x):
        return x.view(x.size(0), -1, self.heads, x.size(-1) // self.heads).transpose(1, 2)

    def forward(self, x, mask):
        query, key, value = (
            self.shape(part(x)) for part in (self.q_lin, self.k_lin, self.v_lin)
        )
        scores = torch.matmul(query / math.sqrt(query.size(-1)), key.transpose(2, 3))
        hidden = (mask == 0).view(x.size(0), 1, 1, x.size(1)).expand_as(scores)
        scores = scores.masked_fill(hidden, torch.tensor(torch.finfo(torch.float32).min))
        context = torch.matmul(F.softmax(scores, dim=-1), value).transpose(1, 2).contiguous()
        return self.out_lin(context.view(x.size(0), -1, x.size(-1)))


class DistilBertFfn(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.lin1 = nn.Linear(width, 2 * width)
        self.lin2 = nn.Linear(2 * width, width)

    def forward(self, x):
        return self.lin2(F.gelu(self.lin1(x)))


class DistilBertLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = DistilBertAttention(width, heads)
        self.sa_layer_norm = nn.LayerNorm(width, eps=1e-12)
        self.ffn = DistilBertFfn(width)
        self.output_layer_norm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x, mask):
        x = self.sa_layer_norm(self.attention(x, mask) + x)
        return self.output_layer_norm(self.ffn(x) + x)


class DistilBertTransformer(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.layer = nn.ModuleList(DistilBertLayer(width, heads) for _ in range(layers))

    def forward(self, x, mask):
        for layer in self.layer:
            x = layer(x, mask)
        return x


class DistilBert(nn.Module):
    """DistilBertModel: last_hidden_state."""

    def __init__(self, vocabulary, width=16, heads=2, layers=2, positions=24):
        super().__init__()
        self.embeddings = DistilBertEmbeddings(vocabulary, width, positions)
        self.transformer = DistilBertTransformer(width, heads, layers)

    def forward(self, input_ids, attention_mask):
        return self.transformer(self.embeddings(input_ids), attention_mask)


class ClipTextEmbeddings(nn.Module):
    def __init__(self, vocabulary, width, positions):
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.position_embedding = nn.Embedding(positions, width)
        self.register_buffer("position_ids", torch.arange(positions).expand((1, -1)))

    def forward(self, input_ids):
        positions = self.position_ids[:, : input_ids.shape[-1]]
        return self.token_embedding(input_ids) + self.position_embedding(positions)


def causal_mask(input_ids, dtype):
    """[batch, 1, tokens, tokens]: 0 where a token may look, the lowest number elsewhere."""
    batch, tokens = input_ids.size()
    lowest = torch.tensor(torch.finfo(torch.float32).min, dtype=dtype)
    mask = lowest.expand(tokens, tokens).clone()
    order = torch.arange(tokens)
    mask = mask.masked_fill(order < (order + 1).view(tokens, 1), 0)
    return mask[None, None, :, :].expand(batch, 1, tokens, tokens)


class ClipTextTransformer(nn.Module):
    def __init__(self, vocabulary, width, heads, layers, positions):
        super().__init__()
        self.embeddings = ClipTextEmbeddings(vocabulary, width, positions)
        self.encoder = ClipEncoder(width, heads, layers)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, input_ids):
        x = self.embeddings(input_ids)
        last = self.final_layer_norm(self.encoder(x, causal_mask(input_ids, x.dtype)))
        ends = input_ids.to(dtype=torch.int).argmax(dim=-1)
        return last, last[torch.arange(last.shape[0]), ends]


class ClipText(nn.Module):
    """CLIPTextModelWithProjection: (text_embeds, last_hidden_state); the end token has the highest id."""

    def __init__(self, vocabulary, width=16, heads=2, layers=2, positions=24, projection=12):
        super().__init__()
        self.text_model = ClipTextTransformer(vocabulary, width, heads, layers, positions)
        self.text_projection = nn.Linear(width, projection, bias=False)

    def forward(self, input_ids):
        last, pooled = self.text_model(input_ids)
        return self.text_projection(pooled), last
