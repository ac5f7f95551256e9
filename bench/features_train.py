"""Trains and evaluates a classifier on features, as a PyTorch user's script would; one JSON line.

A developer's tool for `bench/features.js`: `features_train.py <folder> <plain|balgrad> <epochs> <threads> <out>`.
All features lie in memory, and a batch is a gather of rows. Eager PyTorch with the fused AdamW; BalGrad takes three
backward passes. The best epoch by validation is kept and saved; the test split is evaluated as it is, without
the image, without the text, with noise on either and with another sample's image or text.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from pytorch_steps import HEADS, JOINT, SHARED, Classifier, combined, embed_both, linear, three_losses, task_loss

folder, method, epochs, threads, out = (
    Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5])
)
BATCH, EMBED, RATE, WARM_UP, FINAL, CLIP, DROPOUT = 64, 128, 3e-3, 0.05, 0.05, 5.0, 0.5
torch.set_num_threads(threads)
torch.manual_seed(1)


def read():
    samples = [json.loads(line) for line in (folder / "samples.jsonl").open()]
    classes = {name: at for at, name in enumerate(sorted({one["label"] for one in samples}))}
    labels = torch.tensor([classes[one["label"]] for one in samples])
    splits = np.array([one["split"] for one in samples])
    image, text = (
        torch.from_numpy(np.load(folder / f"{side}_features.npy")) for side in ("image", "text")
    )
    rows = {name: torch.from_numpy(np.flatnonzero(splits == name)) for name in ("train", "validation", "test")}

    def scaled(values):
        train = values[rows["train"]]
        return (values - train.mean(0)) / train.std(0).clamp_min(1e-6)

    image, text = scaled(image), scaled(text)
    return len(classes), {k: (image[at], text[at], labels[at]) for k, at in rows.items()}


def dropped(z):
    return F.dropout(z, DROPOUT)


def train_step(parameters, optimizer, batch):
    optimizer.zero_grad(set_to_none=True)
    if method == "plain":
        image, text, labels = batch
        z_v, z_l = embed_both(parameters, image, text)
        joint = linear(parameters, "joint", torch.cat([dropped(z_v), dropped(z_l)], -1))
        F.cross_entropy(joint, labels).backward()
    else:
        names = {layer: [k for k in parameters if k.split(".")[0] in layer] for layer in (SHARED, JOINT, HEADS)}
        task, own, divergence = three_losses(parameters, *batch)

        def gradients(loss, chosen, keep):
            values = torch.autograd.grad(loss, [parameters[k] for k in chosen], retain_graph=keep)
            return dict(zip(chosen, values))

        g_task = gradients(task, names[SHARED] + names[JOINT], True)
        g_own = gradients(own, names[SHARED] + names[HEADS], True)
        g_kl = gradients(divergence, names[SHARED] + names[HEADS], False)
        for name, value in combined(g_task, g_own, g_kl, names[SHARED]).items():
            parameters[name].grad = value
    torch.nn.utils.clip_grad_norm_(parameters.values(), CLIP)
    optimizer.step()


@torch.no_grad()
def scores(parameters, image, text, labels):
    losses, right = 0.0, 0
    for start in range(0, len(labels), 256):
        part = slice(start, start + 256)
        z_v, z_l = embed_both(parameters, image[part], text[part])
        logits = linear(parameters, "joint", torch.cat([z_v, z_l], -1))
        losses += F.cross_entropy(logits, labels[part], reduction="sum").item()
        right += (logits.argmax(-1) == labels[part]).sum().item()
    return losses / len(labels), right / len(labels)


def impaired(image, text):
    """Cases of the test split by name."""
    other = torch.randperm(len(image))
    return {
        "full": (image, text),
        "image missing": (torch.zeros_like(image), text),
        "text missing": (image, torch.zeros_like(text)),
        "image noisy": (image + torch.randn_like(image), text),
        "text noisy": (image, text * (torch.rand_like(text) >= 0.5)),
        "image wrong": (image[other], text),
        "text wrong": (image, text[other]),
    }


def main():
    count, data = read()
    image, text, labels = data["train"]
    model = Classifier(image.shape[1], EMBED, count)
    layers = SHARED + JOINT if method == "plain" else SHARED + JOINT + HEADS
    parameters = model.named(layers)
    optimizer = torch.optim.AdamW(parameters.values(), lr=RATE, weight_decay=0.01, fused=True)
    steps = epochs * -(-len(labels) // BATCH)
    warm = max(1, round(WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda at: (at + 1) / warm
        if at < warm
        else FINAL + (1 - FINAL) * 0.5 * (1 + np.cos(np.pi * (at - warm) / max(1, steps - warm))),
    )
    best, kept = float("inf"), None
    for _ in range(epochs):
        for rows in torch.randperm(len(labels)).split(BATCH):
            train_step(parameters, optimizer, (image[rows], text[rows], labels[rows]))
            schedule.step()
        loss, _ = scores(parameters, *data["validation"])
        if loss < best:
            best, kept = loss, {k: v.detach().clone() for k, v in parameters.items()}
    torch.save(kept, out / "best.pt")
    image, text, labels = data["test"]
    results = {name: scores(kept, *inputs, labels)[1] for name, inputs in impaired(image, text).items()}
    (out / "results.json").write_text(json.dumps(results))
    print(json.dumps({"version": torch.__version__, "full": results["full"]}))


main()
