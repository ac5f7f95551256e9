"""What the reference methods share: who follows which loss, inner products, the model without a modality.

A method takes parameters, losses, their gradients, its options and the scene (the model's configuration,
the task, the batch, its noise, the epoch, the prior's loss and what is kept between steps); it returns
the combined gradients and the metrics to check.
"""

import torch

from model import supervised, embeddings, is_shared, joint_logits, part_of

LOSSES = ("task", "image", "text")


def watching(p, loss, gradients):
    """Everything but the heads follows one loss; the heads follow their own."""
    names = [name for name in p if part_of(name) != "head"]
    parts = torch.autograd.grad(loss, [p[n] for n in names], retain_graph=True, allow_unused=True)
    combined = {n: g for n, g in zip(names, parts) if g is not None}
    for name in p:
        if part_of(name) == "head":
            combined[name] = gradients["image"][name] + gradients["text"][name]
    return combined


def weighted(p, gradients, weights):
    """Shared parameters follow the weighted losses, fusion and heads their own."""
    combined = {}
    for name in p:
        part = part_of(name)
        if part == "fusion":
            combined[name] = gradients["task"][name]
        elif part == "head":
            combined[name] = gradients["image"][name] + gradients["text"][name]
        else:
            combined[name] = sum(w * gradients[loss][name] for loss, w in zip(LOSSES, weights))
    return combined


def shared_names(p, side=None):
    """The parameters that losses share, of one modality or of both."""
    return [n for n in p if is_shared(n) and (side is None or n.startswith(side))]


def flat(gradient, names):
    """One vector of several parameters' gradients."""
    return torch.cat([gradient[name].reshape(-1) for name in names])


def spread(p, gradients, vector):
    """Shared parameters follow one vector, fusion and heads their own losses."""
    combined = weighted(p, gradients, [1, 1, 1])
    start = 0
    for name in shared_names(p):
        end = start + p[name].numel()
        combined[name] = vector[start:end].reshape(p[name].shape)
        start = end
    return combined


def jacobian(p, gradients):
    """The losses' gradients over the shared parameters, row by row."""
    names = shared_names(p)
    return torch.stack([flat(gradients[loss], names) for loss in LOSSES])


def gramian(p, gradients):
    rows = jacobian(p, gradients)
    return rows @ rows.T


def task_loss(scene, logits):
    return supervised(scene["task"], logits, scene["batch"]["targets"]).mean()


def embedded(p, scene):
    """z_v and z_l of the batch."""
    return embeddings(p, scene["model"], scene["batch"]["image"], scene["batch"]["text"])


def blanks(p, scene):
    """z_v and z_l of blank inputs."""
    batch = scene["batch"]
    nothing = torch.zeros_like(batch["image"]), torch.zeros_like(batch["text"])
    return embeddings(p, scene["model"], *nothing)


def without(p, scene):
    """Joint logits, and joint logits without the image and without the text."""
    (z_v, z_l), (blank_v, blank_l) = embedded(p, scene), blanks(p, scene)
    pairs = ((z_v, z_l), (blank_v, z_l), (z_v, blank_l))
    return [joint_logits(p, scene["model"], *pair) for pair in pairs]


def classifier_rows(p, scene):
    """The rows of the joint classifier that each embedding meets."""
    weight = p["joint.classifier.weight"]
    if scene["model"]["fusion"] == "add":
        return weight, weight
    half = weight.shape[0] // 2
    return weight[:half], weight[half:]


def shares(p, scene):
    """Each modality's share of the joint logits."""
    bias = p["joint.classifier.bias"] / 2
    return [z @ rows + bias for z, rows in zip(embedded(p, scene), classifier_rows(p, scene))]


def score(scene, logits):
    """Mean probability of the true class."""
    return (logits.softmax(1) * scene["batch"]["targets"]).sum(1).mean().detach()
