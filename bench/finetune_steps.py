"""Exports a ViT-S-like and a BERT-small-like encoder and times PyTorch's steps with the pair.

    python3 finetune_steps.py export FOLDER
    python3 finetune_steps.py serve FOLDER [DEVICE]
                                               one line of JSON per command on standard input:
                                               {"kind": "plain", "steps": 4, "batch": 8, "threads": 2}
"""

import json
import os
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scripts", "reference", "encoders"))
sys.dont_write_bytecode = True

import text_transformers  # noqa: E402
import vision_transformers  # noqa: E402
from text_transformers import Bert  # noqa: E402
from vision_transformers import Vit  # noqa: E402

DEVICE = sys.argv[3] if len(sys.argv) > 3 else "cpu"
SIDE, PATCH, TOKENS, VOCABULARY, CLASSES, EMBED = 224, 16, 64, 30522, 101, 256
IMAGE_WIDTH, TEXT_WIDTH = 384, 512


def encoders():
    torch.manual_seed(1)
    image = Vit(width=IMAGE_WIDTH, heads=6, layers=12, patch=PATCH)
    positions = (SIDE // PATCH) ** 2 + 1
    image.embeddings.position_embeddings = nn.Parameter(torch.zeros(1, positions, IMAGE_WIDTH))
    text = Bert(VOCABULARY, width=TEXT_WIDTH, heads=8, layers=4, positions=TOKENS)
    return image, text


def export(folder):
    image, text = encoders()
    ids = torch.ones(1, TOKENS, dtype=torch.int64)
    # The exporter by tracing: the other one wants a further package.
    options = {"opset_version": 17, "do_constant_folding": True, "dynamo": False}
    torch.onnx.export(
        image.eval(),
        (torch.zeros(1, 3, SIDE, SIDE),),
        os.path.join(folder, "image.onnx"),
        input_names=["pixel_values"],
        output_names=["last_hidden_state"],
        dynamic_axes={"pixel_values": {0: "batch"}},
        **options,
    )
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        text.eval(),
        (ids, ids, ids - 1),
        os.path.join(folder, "text.onnx"),
        input_names=names,
        output_names=["last_hidden_state", "pooler_output"],
        dynamic_axes={name: {0: "batch"} for name in names},
        **options,
    )


def use_fused_attention():
    """PyTorch's own attention in place of the reference encoders' products and softmax."""

    def heads_of(layer, x, split):
        return (split(project(x), layer.heads) for project in (layer.query, layer.key, layer.value))

    def image_attention(layer, x):
        q, k, v = heads_of(layer, x, vision_transformers.split_heads)
        return vision_transformers.merge_heads(F.scaled_dot_product_attention(q, k, v))

    def text_attention(layer, x, mask):
        q, k, v = heads_of(layer, x, text_transformers.split_heads)
        mask = mask.expand(-1, -1, q.shape[2], -1)
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return text_transformers.merge_heads(attended)

    vision_transformers.VitSelfAttention.forward = image_attention
    text_transformers.BertSelfAttention.forward = text_attention


class Pair(nn.Module):
    """Both encoders, embedding layers, concatenation, joint classifier and unimodal heads."""

    def __init__(self):
        super().__init__()
        self.image, self.text = encoders()
        self.embed_image = nn.Linear(IMAGE_WIDTH, EMBED)
        self.embed_text = nn.Linear(TEXT_WIDTH, EMBED)
        self.classifier = nn.Linear(2 * EMBED, CLASSES)
        self.head_image = nn.Linear(EMBED, CLASSES)
        self.head_text = nn.Linear(EMBED, CLASSES)

    def forward(self, pixels, ids, mask):
        v = F.relu(self.embed_image(self.image(pixels)[:, 0]))
        l = F.relu(self.embed_text(self.text(ids, mask, torch.zeros_like(ids))[1]))
        return self.classifier(torch.cat((v, l), 1)), self.head_image(v), self.head_text(l)

    def shared(self):
        parts = (self.image, self.text, self.embed_image, self.embed_text)
        return [parameter for part in parts for parameter in part.parameters()]


def divergence(target, logits):
    p = target.detach().softmax(1)
    return (p * (target.detach().log_softmax(1) - logits.log_softmax(1))).sum(1).mean()


def plain_gradients(pair, outputs, labels):
    F.cross_entropy(outputs[0], labels).backward()


def balgrad_gradients(pair, outputs, labels):
    """The equations of BalGrad by three backward passes: task, unimodal losses, weighted KL."""
    joint, image, text = outputs
    task = F.cross_entropy(joint, labels)
    loss_v, loss_l = F.cross_entropy(image, labels), F.cross_entropy(text, labels)
    w = (loss_v / (loss_v + loss_l)).detach()
    kl = 2 * w * divergence(text, image) + 2 * (1 - w) * divergence(image, text)
    shared = pair.shared()
    own = set(map(id, shared))
    rest = [p for p in pair.parameters() if id(p) not in own]
    g_task, g_own, g_kl = (
        torch.autograd.grad(loss, shared + rest, retain_graph=True, allow_unused=True)
        for loss in (task, loss_v + loss_l, kl)
    )
    pairs = [(a, b) for a, b in zip(g_task[: len(shared)], g_kl) if a is not None and b is not None]
    inner = sum((a * b).sum() for a, b in pairs)
    norm = sum((b * b).sum() for b in g_kl[: len(shared)] if b is not None)
    kept = 1 - torch.where(inner < 0, inner / norm, torch.zeros((), device=DEVICE))
    for at, p in enumerate(shared + rest):
        scaled = g_kl[at] if at >= len(shared) or g_kl[at] is None else kept * g_kl[at]
        parts = [g for g in (g_task[at], g_own[at], scaled) if g is not None]
        p.grad = sum(parts[1:], parts[0])


def step_maker(batch):
    use_fused_attention()
    pair = Pair().to(DEVICE)
    optimizer = torch.optim.AdamW(pair.parameters(), lr=1e-5, weight_decay=0.01, fused=True)
    pixels = torch.randn(batch, 3, SIDE, SIDE, device=DEVICE)
    ids = torch.randint(1, VOCABULARY, (batch, TOKENS), device=DEVICE)
    mask = torch.ones_like(ids)
    labels = torch.randint(0, CLASSES, (batch,), device=DEVICE)

    def step(kind):
        if kind == "forward":
            with torch.no_grad():
                pair(pixels, ids, mask)
            return
        optimizer.zero_grad(set_to_none=True)
        outputs = pair(pixels, ids, mask)
        (plain_gradients if kind == "plain" else balgrad_gradients)(pair, outputs, labels)
        optimizer.step()

    return step


def serve():
    print(json.dumps({"version": torch.__version__}), flush=True)
    step = None
    for line in sys.stdin:
        command = json.loads(line)
        torch.set_num_threads(command["threads"])
        step = step or step_maker(command["batch"])
        start = time.perf_counter()
        for _ in range(command["steps"]):
            step(command["kind"])
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak": peak}), flush=True)


if sys.argv[1] == "export":
    export(sys.argv[2])
else:
    serve()
