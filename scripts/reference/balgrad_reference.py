"""Writes the golden files that the compiled training step is compared with.

Run from the repository's root, with PyTorch 1.13 or later (Debian: python3-torch):

    /usr/bin/python3 scripts/reference/balgrad_reference.py test/golden

Everything is computed in float64 by autograd and torch.optim.AdamW, from the equations of Kwon et
al., "See-Saw Modality Balance", NAACL 2025, sections 3.2 and 3.3. Parameters and inputs come from
numpy's legacy generator, whose stream is frozen, and are rounded to float32, so that both sides
start from the same numbers. Running it again writes the same numbers up to the last digits,
which depend on the linear algebra library.
"""

import json
import os
import sys

import numpy as np
import torch

sys.dont_write_bytecode = True

from methods import Training  # noqa: E402
from model import parameter_shapes  # noqa: E402

CLASSES, BATCH, TOKENS = 5, 6, 4
LEARNING_RATES = [0.01, 0.02, 0.005]
SMALL = {
    "image": {"type": "convolutional", "side": 8, "channels": [4, 8]},
    "text": {"type": "bag", "buckets": 20, "width": 6},
    "embed": 8,
    "dropout": 0,
}
FEATURES = {
    "image": {"type": "features", "size": 7},
    "text": {"type": "features", "size": 9},
    "embed": 6,
    "dropout": 0,
}


def case(
    method, options, task, fusion, seed, model=SMALL, clip=0, epsilon=1e-8, lift=1.0, noise={}, epoch=0
):
    return {
        "seed": seed,
        "lift": lift,
        "noise": noise,
        "progress": {"epoch": epoch, "epochs": 10},
        "model": {**model, "fusion": fusion},
        "task": {"task": task, "classes": CLASSES},
        "method": {"name": method, "options": options},
        "optimizer": {"beta1": 0.9, "beta2": 0.999, "epsilon": epsilon, "weightDecay": 0.1},
        "clipNorm": clip,
        "priorLoss": 2.0 if task == "single-label" else 4.0,
        "learningRates": LEARNING_RATES,
    }


# The attention's key bias has no influence on the output (a softmax does not see a shift), so its
# gradient is rounding noise; with AdamW's usual epsilon that noise would be scaled to full steps.
NOISE_EPSILON = 1e-4

CASES = {
    "joint-single-concat": case("joint", {}, "single-label", "concat", 1),
    "joint-multi-attention": case(
        "joint", {}, "multi-label", "attention", 2, clip=0.5, epsilon=NOISE_EPSILON
    ),
    "balgrad-single-concat": case("balgrad", {}, "single-label", "concat", 3),
    "balgrad-conflict": case("balgrad", {}, "single-label", "concat", 4, lift=3.0),
    "balgrad-multi-add-progress": case(
        "balgrad", {"status": "progress"}, "multi-label", "add", 15, lift=0.3
    ),
    "balgrad-attention-norms-clipped": case(
        "balgrad",
        {"status": "gradient-norm", "lambda": 2},
        "single-label",
        "attention",
        27,
        clip=0.7,
        epsilon=NOISE_EPSILON,
        lift=2.0,
    ),
    "balgrad-features-uniform": case(
        "balgrad", {"status": "uniform", "lambda": 0.5}, "multi-label", "concat", 7, model=FEATURES
    ),
    "balgrad-no-reweighting": case(
        "balgrad", {"reweighting": False}, "single-label", "add", 34, model=FEATURES, lift=3.0
    ),
    "balgrad-no-projection": case(
        "balgrad", {"projection": False}, "single-label", "add", 34, model=FEATURES, lift=3.0
    ),
    "balgrad-neither": case(
        "balgrad",
        {"reweighting": False, "projection": False, "status": "progress"},
        "multi-label",
        "attention",
        8,
        model=FEATURES,
        epsilon=NOISE_EPSILON,
        lift=3.0,
    ),
    "balgrad-plus-drop": case(
        "balgrad-plus",
        {"drop": 0.3, "unimodal": 0.5},
        "single-label",
        "concat",
        77,
        model=FEATURES,
        lift=1.0,
        noise={"modality-dropout": [BATCH]},
    ),
    **{
        f"rival-{name}": case(
            name, options, task, fusion, seed, model=FEATURES, lift=2.0, noise=noise, epoch=epoch
        )
        for name, task, fusion, seed, options, noise, epoch in (
            ("unimodal-losses", "multi-label", "concat", 41, {}, {}, 0),
            ("mgda", "single-label", "concat", 42, {}, {}, 0),
            ("imtl-g", "single-label", "add", 43, {}, {}, 0),
            ("nash-mtl", "single-label", "concat", 44, {}, {}, 0),
            ("mmpareto", "multi-label", "add", 45, {}, {}, 0),
            ("agm", "single-label", "concat", 46, {}, {}, 0),
            ("ogm", "single-label", "concat", 47, {}, {}, 0),
            ("aligned-mtl", "single-label", "concat", 48, {}, {}, 0),
            ("cml", "single-label", "concat", 49, {}, {}, 0),
            ("modality-valuation", "single-label", "add", 50, {}, {}, 0),
            ("mbsd", "single-label", "concat", 51, {}, {}, 0),
            ("lfm", "single-label", "add", 52, {}, {}, 0),
            ("pcgrad", "single-label", "concat", 53, {}, {"pcgrad": [3]}, 0),
            ("gradvac", "single-label", "add", 54, {"beta": 0.5}, {"gradvac": [3]}, 0),
            ("cagrad", "single-label", "concat", 55, {}, {}, 0),
            ("upgrad", "multi-label", "concat", 56, {}, {}, 0),
            ("dualproj", "single-label", "add", 57, {}, {}, 0),
            ("fairgrad", "single-label", "concat", 58, {"alpha": 2}, {}, 0),
            ("gradnorm", "multi-label", "add", 59, {}, {}, 0),
            ("uncertainty-weighting", "single-label", "concat", 60, {}, {}, 0),
            (
                *("random-weighting", "single-label", "concat", 61, {}),
                *({"random-weighting.radius": [3], "random-weighting.angle": [3]}, 0),
            ),
            ("cggm", "single-label", "concat", 62, {}, {}, 0),
            ("info-reg", "single-label", "add", 63, {}, {}, 0),
            ("mla", "single-label", "add", 64, {}, {}, 0),
            ("greedy", "single-label", "concat", 65, {"window": 1}, {}, 2),
            ("late-fusion", "multi-label", "concat", 66, {}, {}, 0),
            (
                *("modality-dropout", "multi-label", "concat", 67, {"image": 0.4, "text": 0.4}),
                *({"modality-dropout": [BATCH]}, 0),
            ),
            ("opm", "single-label", "add", 68, {"base": 0.6}, {"opm": [BATCH]}, 0),
            ("amco", "single-label", "concat", 69, {}, {"amco": [FEATURES["embed"]]}, 1),
            ("recon-boost", "single-label", "concat", 70, {}, {}, 2),
            ("pmr", "single-label", "add", 71, {}, {}, 0),
            ("mmcosine", "multi-label", "cosine", 76, {}, {}, 0),
        )
    },
}


def float32(values):
    return torch.from_numpy(np.asarray(values).astype(np.float32).astype(np.float64))


def make_parameters(shapes, random, lift):
    """Normal values; `lift` scales the heads, so that large ones disagree and cause conflicts."""
    parameters = {}
    for name, shape in shapes.items():
        fan = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
        scale = 1.0 / np.sqrt(fan) if len(shape) > 1 else 0.1
        if name.startswith("text.encoder"):
            scale = 1.0
        if ".head.weight" in name:
            scale *= lift
        parameters[name] = float32(random.standard_normal(shape) * scale + ("scale" in name))
    return parameters


def make_batch(config, task, random):
    """One batch: sample 1 lacks the picture, sample 2 the text; blank inputs stand in."""
    image, text = config["image"], config["text"]
    if image["type"] == "convolutional":
        pixels = random.standard_normal((BATCH, 3, image["side"], image["side"]))
    else:
        pixels = random.standard_normal((BATCH, image["size"]))
    pixels[1] = 0
    if text["type"] == "bag":
        ids = random.randint(1, text["buckets"] + 1, (BATCH, TOKENS))
        ids[0, 2:] = 0  # a shorter text
        ids[3, 1] = ids[3, 0]  # a repeated id
        ids[2] = 0
        words = torch.from_numpy(ids)
    else:
        vectors = random.standard_normal((BATCH, text["size"]))
        vectors[2] = 0
        words = float32(vectors)
    if task == "single-label":
        targets = np.eye(CLASSES)[random.randint(0, CLASSES, BATCH)]
    else:
        targets = (random.random_sample((BATCH, CLASSES)) < 0.4).astype(np.float64)
    return {
        "image": float32(pixels),
        "text": words,
        "imagePresent": float32([1, 0, 1, 1, 1, 1]),
        "textPresent": float32([1, 1, 0, 1, 1, 1]),
        "targets": float32(targets),
    }


def numbers(tensor):
    """Flat list with 9 significant digits, as many as float32 can tell apart."""
    return [int(x) if x == int(x) else float(f"{x:.9g}") for x in tensor.detach().reshape(-1).tolist()]


def shaped(tensors):
    return {name: {"shape": list(t.shape), "data": numbers(t)} for name, t in tensors.items()}


def scalars(values):
    return {name: float(value) for name, value in values.items()}


def golden(settings):
    random = np.random.RandomState(settings["seed"])
    config, task = settings["model"], settings["task"]["task"]
    start = make_parameters(parameter_shapes(config, CLASSES), random, settings["lift"])
    batch = make_batch(config, task, random)
    noise = {name: float32(random.random_sample(shape)) for name, shape in settings["noise"].items()}
    training = Training(start, {**settings, "noise": noise})
    found = [training.step(batch, rate) for rate in LEARNING_RATES]
    first = found[0]
    gradients = {
        loss: {name: numbers(g) for name, g in parts.items() if name in first["reached"][loss]}
        for loss, parts in first["gradients"].items()
    }
    public = {key: value for key, value in settings.items() if key not in ("seed", "lift")}
    return {
        **public,
        "noise": shaped(noise),
        "batch": shaped(batch),
        "parameters": shaped(start),
        "losses": scalars(first["losses"]),
        "gradients": gradients,
        "inner": scalars(first["inner"]),
        "combined": {name: numbers(g) for name, g in first["combined"].items()},
        "metrics": [scalars(step["metrics"]) for step in found],
        "final": {name: numbers(p) for name, p in training.p.items()},
    }


def main(folder):
    os.makedirs(folder, exist_ok=True)
    for name, settings in CASES.items():
        found = golden(settings)
        path = os.path.join(folder, f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file, separators=(",", ":"))
            file.write("\n")
        cosines = [f"{m['cosine']:.3f}" for m in found["metrics"] if "cosine" in m]
        print(f"{path}: {os.path.getsize(path) // 1024} KiB, cosine {' '.join(cosines) or '-'}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1] if len(sys.argv) > 1 else "test/golden")
