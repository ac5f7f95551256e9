"""What the reference methods share: who follows which loss, inner products, the model without a modality.

A method takes parameters, losses, their gradients, its options and the scene (the model's configuration,
the task, the batch, its noise, the epoch, the figures of those before it, the prior's loss, the teacher
and what is kept between steps); it returns the combined gradients and the metrics to check, and may put
factors of learning rates into the scene's `rates`, how far parameters go back to their initial values
after the step into `back`, and values that parameters have after it into `put`.
"""

import torch

from model import supervised, embeddings, is_shared, joint_logits, part_of

LOSSES = ("task", "image", "text")


def named(teacher):
    """A teacher's tensors under the names that they have beside the model's."""
    return {f"teacher.{name}": value for name, value in teacher.items()}


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
    """Inner products of the losses' gradients over the shared parameters."""
    rows = jacobian(p, gradients)
    return rows @ rows.T


def task_loss(scene, logits):
    """Mean supervised loss of some logits."""
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


def true_scores(scene, logits):
    """Each sample's probability of the true class; multi-label: the mean one of its labels."""
    y = scene["batch"]["targets"]
    if scene["task"] == "single-label":
        return (logits.softmax(1) * y).sum(1).detach()
    return ((logits.sigmoid() * y).sum(1) / y.sum(1).clamp(min=1)).detach()


def score(scene, logits):
    """Mean of the batch's `true_scores`."""
    return true_scores(scene, logits).mean()


def right(scene, logits):
    """Whether each sample is decided rightly, 1 or 0; multi-label: the share of right decisions."""
    y = scene["batch"]["targets"]
    if scene["task"] == "single-label":
        return (logits.argmax(1) == y.argmax(1)).double()
    return ((logits > 0) == (y > 0)).double().mean(1)
