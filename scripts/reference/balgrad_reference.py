"""Writes the golden files that the compiled training step is compared with.

Run from the repository's root, with PyTorch 1.13 or later (Debian: python3-torch):

    /usr/bin/python3 scripts/reference/balgrad_reference.py test/golden

Everything is computed in float64 by autograd and torch.optim.AdamW, from the equations of Kwon et
al., "See-Saw Modality Balance", NAACL 2025, sections 3.2 and 3.3, and of the other methods' papers.
Parameters and inputs come from numpy's legacy generator, whose stream is frozen, and are rounded to
float32, so that both sides start from the same numbers. Running it again writes the same numbers up
to the last digits, which depend on the linear algebra library. `cases.py` says what is written.
"""

import json
import os
import sys

import numpy as np
import torch

sys.dont_write_bytecode = True

from cases import BATCH, CASES, CLASSES, LEARNING_RATES, TOKENS  # noqa: E402
from combination import named  # noqa: E402
from methods import Training  # noqa: E402
from model import parameter_shapes, part_of  # noqa: E402


def float32(values):
    """Numbers that float32 can hold, as a float64 tensor."""
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
        around = float("scale" in name or "dependency" in name)
        parameters[name] = float32(random.standard_normal(shape) * scale + around)
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
    """Tensors as shapes and flat lists."""
    return {name: {"shape": list(t.shape), "data": numbers(t)} for name, t in tensors.items()}


def scalars(values):
    """Scalar tensors as numbers."""
    return {name: float(value) for name, value in values.items()}


def golden(settings):
    """Everything that one file says."""
    random = np.random.RandomState(settings["seed"])
    config, task = settings["model"], settings["task"]["task"]
    start = make_parameters(parameter_shapes(config, CLASSES), random, settings["lift"])
    batch = make_batch(config, task, random)
    noise = {name: float32(random.random_sample(shape)) for name, shape in settings["noise"].items()}
    teacher = {}
    if settings["teacher"]:
        shapes = {n: s for n, s in parameter_shapes(config, CLASSES).items() if part_of(n) != "fusion"}
        teacher = make_parameters(shapes, random, settings["lift"])
    training = Training(start, teacher, {**settings, "noise": noise})
    found = [training.step(batch, rate) for rate in LEARNING_RATES]
    first = found[0]
    gradients = {
        loss: {name: numbers(g) for name, g in parts.items() if name in first["reached"][loss]}
        for loss, parts in first["gradients"].items()
    }
    public = {key: value for key, value in settings.items() if key not in ("seed", "lift", "teacher")}
    return {
        **public,
        "noise": shaped(noise),
        "batch": shaped(batch),
        "parameters": shaped(start),
        **({"teacher": shaped(named(teacher))} if teacher else {}),
        "losses": scalars(first["losses"]),
        "gradients": gradients,
        "inner": scalars(first["inner"]),
        "combined": {name: numbers(g) for name, g in first["combined"].items()},
        "metrics": [scalars(step["metrics"]) for step in found],
        "final": {name: numbers(p) for name, p in training.trained.items()},
    }


def main(folder):
    """Writes all files."""
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
