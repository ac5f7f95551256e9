"""The vision-language classifier and its losses in PyTorch, written from the method's equations.

Parameters are a plain dict of float64 tensors under the names that the TypeScript model gives them,
so that a golden file needs no mapping. Linear weights are stored [in, out] and used as x @ W + b.
"""

import math

import torch
import torch.nn.functional as F

LOSSES = ("task", "image", "text", "klImage", "klText")


def parameter_shapes(config, classes):
    """Name -> shape of every parameter of a model."""
    shapes = {}

    def dense(name, inputs, outputs):
        shapes[f"{name}.weight"] = [inputs, outputs]
        shapes[f"{name}.bias"] = [outputs]

    image, text, embed = config["image"], config["text"], config["embed"]
    if image["type"] == "convolutional":
        channels, side = 3, image["side"]
        for index, out in enumerate(image["channels"]):
            shapes[f"image.encoder.block{index}.conv.weight"] = [out, channels, 3, 3]
            shapes[f"image.encoder.block{index}.conv.bias"] = [out]
            channels, side = out, math.ceil(side / 2)
        image_size = channels * side * side
    else:
        image_size = image["size"]
    if text["type"] == "bag":
        shapes["text.encoder.table"] = [text["buckets"] + 1, text["width"]]
        text_size = text["width"]
    else:
        text_size = text["size"]
    for side, size in (("image", image_size), ("text", text_size)):
        if sees(config, side):
            dense(f"{side}.embedding", size, embed)
    if config["fusion"] == "attention":
        for part in ("query", "key", "value", "output"):
            dense(f"joint.attention.{part}", embed, embed)
        shapes["joint.norm.scale"] = [embed]
        shapes["joint.norm.bias"] = [embed]
    if config["fusion"] == "cosine":
        shapes["joint.cosine.image.weight"] = [embed, classes]
        shapes["joint.cosine.text.weight"] = [embed, classes]
    elif config["fusion"] == "mixture":
        dense("joint.mixture.gate", 2 * embed, 2)
        dense("joint.mixture.image", embed, classes)
        dense("joint.mixture.text", embed, classes)
    elif config["fusion"] == "quality":
        dense("joint.quality.image", embed, 1)
        dense("joint.quality.text", embed, 1)
        shapes["joint.quality.dependency"] = [2]
        dense("joint.quality.classifier", 2 * embed, classes)
    elif config["fusion"] == "prototypes":
        for pattern, length in (("both", 2 * embed), ("image", embed), ("text", embed)):
            shapes[f"joint.prototypes.{pattern}.weight"] = [length, classes]
    else:
        dense("joint.classifier", 2 * embed if config["fusion"] == "concat" else embed, classes)
    dense("image.head", embed, classes)
    dense("text.head", embed, classes)
    return shapes


def sees(config, side):
    """Whether the model looks at a modality."""
    return config.get("modalities", "both") in ("both", side)


def part_of(name):
    """encoder, embedding, head or fusion."""
    if name.startswith("joint."):
        return "fusion"
    return name.split(".")[1]


def is_shared(name):
    """Whether the task and the unimodal losses share a parameter."""
    return part_of(name) in ("encoder", "embedding")


def linear(p, name, x):
    """A layer's output."""
    return x @ p[f"{name}.weight"] + p[f"{name}.bias"]


def _encode_image(p, config, image):
    """Flattened output of the convolutions; features are their own."""
    if config["type"] == "features":
        return image
    for index in range(len(config["channels"])):
        block = f"image.encoder.block{index}.conv"
        image = F.relu(F.conv2d(image, p[f"{block}.weight"], p[f"{block}.bias"], stride=2, padding=1))
    return image.flatten(1)


def _encode_text(p, config, text):
    """
    Embeddings of the ids that are not padding, summed and divided by the length of the vector of their counts, zeros
    where there is none; features are their own.
    """
    if config["type"] == "features":
        return text
    rows = []
    for ids in text:
        kept = ids[ids != 0]
        table = p["text.encoder.table"]
        length = torch.bincount(kept, minlength=len(table)).double().norm().clamp(min=1)
        rows.append(table[kept].sum(0) / length)
    return torch.stack(rows)


def _attention(p, pair):
    """Multi-head self-attention over the sequence of two, 4 heads where they divide the width."""
    batch, length, width = pair.shape
    heads = 4 if width % 4 == 0 else 1
    size = width // heads
    mixed = []
    parts = (f"joint.attention.{part}" for part in ("query", "key", "value"))
    query, key, value = (linear(p, part, pair) for part in parts)
    for head in range(heads):
        at = slice(head * size, (head + 1) * size)
        scores = torch.einsum("bif,bjf->bij", query[..., at], key[..., at]) / math.sqrt(size)
        mixed.append(torch.einsum("bij,bjf->bif", scores.softmax(-1), value[..., at]))
    return linear(p, "joint.attention.output", torch.cat(mixed, -1))


def embeddings(p, config, image, text):
    """z_v and z_l; zeros for a modality that the model does not look at."""
    inputs = {"image": (_encode_image, image), "text": (_encode_text, text)}
    z = {
        side: F.relu(linear(p, f"{side}.embedding", encode(p, config[side], data)))
        for side, (encode, data) in inputs.items()
        if sees(config, side)
    }
    # The graph makes them from the other embedding, so losses reach that with gradients of zero.
    nothing = 0 * next(iter(z.values()))
    return z.get("image", nothing), z.get("text", nothing)


def fused(p, config, z_v, z_l):
    """What the joint classifier sees."""
    if config["fusion"] == "concat":
        return torch.cat([z_v, z_l], 1)
    if config["fusion"] == "add":
        return z_v + z_l
    pair = torch.stack([z_v, z_l], 1)
    residual = pair + _attention(p, pair)
    width = [pair.shape[-1]]
    normed = F.layer_norm(residual, width, p["joint.norm.scale"], p["joint.norm.bias"], eps=1e-5)
    return normed.mean(1)


def _cosines(weight, z):
    """15 times the cosines between embeddings and class weights."""
    unit = lambda x, axis: x / (x.pow(2).sum(axis, keepdim=True) + 1e-8).sqrt()  # noqa: E731
    return 15 * unit(z, 1) @ unit(weight, 0)


def _mixture(p, z_v, z_l, there):
    """Each sample's experts of what is there, weighed by the gate."""
    rows = []
    for v, l, has in zip(z_v, z_l, there):
        seen = torch.cat([z if h else torch.zeros_like(z) for z, h in zip((v, l), has)])
        scores = linear(p, "joint.mixture.gate", seen)
        kept = [at for at in (0, 1) if has[at] or not any(has)]
        experts = linear(p, "joint.mixture.image", v), linear(p, "joint.mixture.text", l)
        weights = scores[kept].softmax(0)
        rows.append(sum(w * experts[at] for w, at in zip(weights, kept)))
    return torch.stack(rows)


def _prototypes(p, z_v, z_l, there):
    """Each sample's cosines with the prototypes of the pattern that it has."""
    patterns = {(True, False): "image", (False, True): "text"}
    rows = []
    for v, l, has in zip(z_v, z_l, there):
        pattern = patterns.get(tuple(has), "both")
        seen = {"image": v, "text": l, "both": torch.cat([v, l])}[pattern]
        rows.append(_cosines(p[f"joint.prototypes.{pattern}.weight"], seen[None])[0])
    return torch.stack(rows)


def noise_of(p, side, z):
    """An embedding's estimated noise."""
    return (linear(p, f"joint.quality.{side}", z.detach()) / 2).exp()


def _quality(p, z_v, z_l, there):
    """Embeddings weighed by their noise and by the dependency on them, where both are there."""
    depends = p["joint.quality.dependency"].detach().clamp(min=1e-6)
    rows = []
    for v, l, has in zip(z_v, z_l, there):
        w = [torch.ones(1).double()] * 2
        if all(has):
            precise = [
                1 / (noise_of(p, side, z) ** 2 * d)
                for side, z, d in zip(("image", "text"), (v, l), depends)
            ]
            w = [2 * own / sum(precise) for own in precise]
        parts = [(1 + own) * z * float(h) for own, z, h in zip(w, (v, l), has)]
        rows.append(linear(p, "joint.quality.classifier", torch.cat(parts)))
    return torch.stack(rows)


def present(image, text):
    """Whether each sample has each modality, by its inputs."""
    return [tuple(bool((x != 0).any()) for x in pair) for pair in zip(image, text)]


def joint_logits(p, config, z_v, z_l, there=None):
    """Logits of the joint classifier; `there` for fusions that ask which modalities each sample has."""
    if config["fusion"] == "mixture":
        return _mixture(p, z_v, z_l, there)
    if config["fusion"] == "prototypes":
        return _prototypes(p, z_v, z_l, there)
    if config["fusion"] == "quality":
        return _quality(p, z_v, z_l, there)
    if config["fusion"] == "cosine":
        sides = ("image", z_v), ("text", z_l)
        return sum(_cosines(p[f"joint.cosine.{side}.weight"], z) for side, z in sides)
    return linear(p, "joint.classifier", fused(p, config, z_v, z_l))


def forward(p, config, image, text):
    """Logits of the joint classifier, the image head and the text head."""
    z_v, z_l = embeddings(p, config, image, text)
    o, o_v, o_l = (
        joint_logits(p, config, z_v, z_l, present(image, text)),
        linear(p, "image.head", z_v),
        linear(p, "text.head", z_l),
    )
    if config.get("blank") == "head":
        # Where one modality is blank, the other one's head answers.
        has_v, has_l = ((x != 0).flatten(1).any(1, keepdim=True) for x in (image, text))
        o = torch.where(has_v & ~has_l, o_v, torch.where(has_l & ~has_v, o_l, o))
    return o, o_v, o_l


def supervised(task, logits, targets):
    """Cross-entropy, or binary cross-entropy summed over labels, per sample."""
    if task == "single-label":
        return F.cross_entropy(logits, targets.argmax(1), reduction="none")
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(1)


def divergence(task, teacher, student):
    """KL(stop(teacher) || student) per sample."""
    teacher = teacher.detach()
    if task == "single-label":
        student, teacher = student.log_softmax(1), teacher.log_softmax(1)
        return F.kl_div(student, teacher, reduction="none", log_target=True).sum(1)
    p = torch.distributions.Bernoulli(logits=teacher)
    q = torch.distributions.Bernoulli(logits=student)
    return torch.distributions.kl_divergence(p, q).sum(1)


def _masked_mean(values, mask):
    """Mean over the samples that a mask keeps, 0 where it keeps none."""
    kept = values[mask > 0]
    return kept.mean() if len(kept) else values.sum() * 0


def losses(p, config, task, batch):
    """The five scalar losses by name."""
    o, o_v, o_l = forward(p, config, batch["image"], batch["text"])
    has_v, has_l, y = batch["imagePresent"], batch["textPresent"], batch["targets"]
    both = has_v * has_l
    return {
        "task": supervised(task, o, y).mean(),
        "image": _masked_mean(supervised(task, o_v, y), has_v),
        "text": _masked_mean(supervised(task, o_l, y), has_l),
        "klImage": _masked_mean(divergence(task, o_l, o_v), both),
        "klText": _masked_mean(divergence(task, o_v, o_l), both),
    }
