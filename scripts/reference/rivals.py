"""Methods that BalGrad is compared with, on top of autograd, from their papers' equations.

Each returns the combined gradients, the metrics to check, and no inner products. `scene` holds the
model's configuration, the task and the batch.
"""

import torch
import torch.nn.functional as F

from model import _divergence, _linear, _supervised, embeddings, fused, is_shared, part_of

LOSSES = ("task", "image", "text")


def _watching(p, loss, gradients):
    """Everything but the heads follows one loss; the heads follow their own."""
    names = [name for name in p if part_of(name) != "head"]
    parts = torch.autograd.grad(loss, [p[n] for n in names], retain_graph=True, allow_unused=True)
    combined = {n: g for n, g in zip(names, parts) if g is not None}
    for name in p:
        if part_of(name) == "head":
            combined[name] = gradients["image"][name] + gradients["text"][name]
    return combined


def _weighted(p, gradients, weights):
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


def _gramian(p, gradients):
    shared = [name for name in p if is_shared(name)]
    rows = [torch.cat([gradients[loss][n].reshape(-1) for n in shared]) for loss in LOSSES]
    jacobian = torch.stack(rows)
    return jacobian @ jacobian.T


def _task(scene, logits):
    return _supervised(scene["task"], logits, scene["batch"]["targets"]).mean()


def unimodal_losses(p, values, gradients, options, scene):
    weight = options.get("weight", 1)
    return _weighted(p, gradients, [1, weight, weight]), {}


def mgda(p, values, gradients, options, scene):
    """Frank-Wolfe with exact line search, run to convergence."""
    G = _gramian(p, gradients)
    w = torch.full((3,), 1 / 3, dtype=torch.float64)
    for _ in range(100_000):
        slopes = G @ w
        vertex = F.one_hot(slopes.argmin(), 3).double()
        away = vertex - w
        curvature = away @ G @ away
        if curvature <= 0:
            break
        w = w + (-(away @ slopes) / curvature).clamp(0, 1) * away
    return _weighted(p, gradients, w), {"weight.task": w[0], "weight.image": w[1]}


def imtl_g(p, values, gradients, options, scene):
    G = _gramian(p, gradients)
    v = torch.linalg.solve(G, G.diagonal().sqrt())
    return _weighted(p, gradients, v / v.sum()), {}


def nash_mtl(p, values, gradients, options, scene):
    """G w = 1 / w by Newton's method on the logarithms of w."""
    G = _gramian(p, gradients)
    logs = -0.5 * G.diagonal().log()
    for _ in range(200):
        w = logs.exp()
        residual = w * (G @ w) - 1
        jacobian = torch.diag(w * (G @ w)) + w[:, None] * G * w[None, :]
        logs = logs - 0.5 * torch.linalg.solve(jacobian, residual)
    w = logs.exp()
    return _weighted(p, gradients, 3 * w / w.sum()), {}


def mmpareto(p, values, gradients, options, scene):
    gamma = options.get("gamma", 1.5)
    combined = _weighted(p, gradients, [1, 1, 1])
    for side in ("image", "text"):
        own = [name for name in p if is_shared(name) and name.startswith(side)]
        joint = torch.cat([gradients["task"][n].reshape(-1) for n in own])
        alone = torch.cat([gradients[side][n].reshape(-1) for n in own])
        weight = torch.tensor(0.5, dtype=torch.float64)
        if joint @ alone <= 0:
            weight = (alone @ (alone - joint) / ((alone - joint) ** 2).sum()).clamp(0, 1)
        update = 2 * (weight * joint + (1 - weight) * alone)
        stretch = ((joint + alone).norm() / update.norm()).clamp(min=1)
        scale = 2 * gamma * stretch
        for n in own:
            mixed = weight * gradients["task"][n] + (1 - weight) * gradients[side][n]
            combined[n] = scale * mixed
    return combined, {}


def agm(p, values, gradients, options, scene):
    """First step only has running means of zero, as the official code starts."""
    alpha = options.get("alpha", 1.0)
    state = scene["state"]
    joint, only_l, only_v = _without(p, scene)
    phi_v = (joint - only_l + only_v) / 2
    phi_l = (joint - only_v + only_l) / 2
    e_v, e_l = _task(scene, phi_v).detach(), _task(scene, phi_l).detach()
    mean_v, mean_l, steps = state.get("agm", (0.0, 0.0, 0))
    k_v = ((torch.tensor(mean_l - mean_v).exp() - (e_l - e_v).exp()).clamp(max=10) * alpha).exp()
    k_l = ((torch.tensor(mean_v - mean_l).exp() - (e_v - e_l).exp()).clamp(max=10) * alpha).exp()
    steps += 1
    state["agm"] = (
        mean_v + float(e_v - mean_v) / steps,
        mean_l + float(e_l - mean_l) / steps,
        steps,
    )
    phi_v.register_hook(lambda g: g * k_v)
    phi_l.register_hook(lambda g: g * k_l)
    loss = _task(scene, phi_v + phi_l)
    return _watching(p, loss, gradients), {"weight.image": k_v, "weight.text": k_l}


def ogm(p, values, gradients, options, scene):
    """Without noise: the modality ahead is slowed by 1 - tanh(alpha rho)."""
    alpha = options.get("alpha", 0.3)
    config, batch = scene["model"], scene["batch"]
    z_v, z_l = embeddings(p, config, batch["image"], batch["text"])
    weight, bias = p["joint.classifier.weight"], p["joint.classifier.bias"]
    width = z_v.shape[1]
    rows_v = weight[:width] if config["fusion"] == "concat" else weight
    rows_l = weight[width:] if config["fusion"] == "concat" else weight
    scores = []
    for z, rows in ((z_v, rows_v), (z_l, rows_l)):
        share = (z @ rows + bias / 2).softmax(1)
        scores.append((share * batch["targets"]).sum(1).mean().detach())
    factors = {}
    for side, own, other in (("image", *scores), ("text", *scores[::-1])):
        rho = own / other
        factors[side] = 1 - torch.tanh(alpha * rho) if rho > 1 else torch.ones_like(rho)
    combined = _watching(p, values["task"], gradients)
    for name in combined:
        if is_shared(name):
            combined[name] = combined[name] * factors[name.split(".")[0]]
    return combined, {"weight.image": factors["image"], "weight.text": factors["text"]}


def aligned_mtl(p, values, gradients, options, scene):
    """Sum of the rows of the nearest matrix with condition number 1, at its smallest scale."""
    sizes, directions = torch.linalg.eigh(_gramian(p, gradients))
    inverse_root = directions @ torch.diag(sizes.rsqrt()) @ directions.T
    return _weighted(p, gradients, inverse_root.sum(1) * sizes[0].sqrt()), {}


def _without(p, scene):
    """Joint logits, and joint logits without the image and without the text."""
    batch, config = scene["batch"], scene["model"]
    z_v, z_l = embeddings(p, config, batch["image"], batch["text"])
    blank_v, blank_l = embeddings(
        p, config, torch.zeros_like(batch["image"]), torch.zeros_like(batch["text"])
    )
    pairs = ((z_v, z_l), (blank_v, z_l), (z_v, blank_l))
    return [_linear(p, "joint.classifier", fused(p, config, *pair)) for pair in pairs]


def cml(p, values, gradients, options, scene):
    weight = options.get("lambda", 0.1)
    logits = _without(p, scene)
    confidence = [(o.softmax(1).max(1).values) for o in logits]
    penalty = sum((c - confidence[0]).clamp(min=0).mean() for c in confidence[1:])
    loss = sum(_task(scene, o) for o in logits) / 3 + weight * penalty
    return _watching(p, loss, gradients), {"loss.confidence": penalty}


def modality_valuation(p, values, gradients, options, scene):
    """Samples count again with the modality alone that contributes little."""
    targets = scene["batch"]["targets"]
    joint, only_l, only_v = _without(p, scene)
    right, right_l, right_v = (
        (o.argmax(1) == targets.argmax(1)).double() for o in (joint, only_l, only_v)
    )
    phi_v = (right_v + 2 * right - right_l) / 2
    phi_l = (right_l + 2 * right - right_v) / 2
    copies_v, copies_l = (2 - 2 * phi_v).clamp(min=0), (2 - 2 * phi_l).clamp(min=0)
    each = [_supervised(scene["task"], o, targets) for o in (joint, only_v, only_l)]
    total = (each[0] + copies_v * each[1] + copies_l * each[2]).sum()
    loss = total / (1 + copies_v + copies_l).sum()
    return _watching(p, loss, gradients), {
        "contribution.image": phi_v.mean(),
        "contribution.text": phi_l.mean(),
    }


def mbsd(p, values, gradients, options, scene):
    """The better head of each sample teaches the other."""
    config, batch, task = scene["model"], scene["batch"], scene["task"]
    z_v, z_l = embeddings(p, config, batch["image"], batch["text"])
    o_v, o_l = _linear(p, "image.head", z_v), _linear(p, "text.head", z_l)
    label = batch["targets"].argmax(1)
    p_v, p_l = ((o.softmax(1) * batch["targets"]).sum(1).detach() for o in (o_v, o_l))
    known = (o_v.argmax(1) == label) | (o_l.argmax(1) == label)
    w = (p_v - p_l).abs() * known
    lesson = torch.where(p_v >= p_l, _divergence(task, o_v, o_l), _divergence(task, o_l, o_v))
    distillation = (w * (((o_v - o_l) ** 2).mean(1) + lesson)).mean()
    names = [n for n in p if part_of(n) != "fusion"]
    parts = torch.autograd.grad(
        distillation, [p[n] for n in names], retain_graph=True, allow_unused=True
    )
    combined = _weighted(p, gradients, [1, 1, 1])
    for name, part in zip(names, parts):
        if part is not None:
            combined[name] = combined[name] + part
    return combined, {"loss.distillation": distillation}


def lfm(p, values, gradients, options, scene):
    """Contrastive loss with a weight that follows its hypergradient."""
    config, batch, state = scene["model"], scene["batch"], scene["state"]
    alpha, rate, temperature = state.get("alpha", 0.05), 0.01, 0.1
    z_v, z_l = embeddings(p, config, batch["image"], batch["text"])
    u, v = (z / (z.pow(2).sum(1, keepdim=True) + 1e-8).sqrt() for z in (z_v, z_l))
    scores = u @ v.T / temperature
    partner = torch.arange(len(scores))
    contrast = (F.cross_entropy(scores, partner) + F.cross_entropy(scores.T, partner)) / 2
    names = [n for n in p if part_of(n) != "head"]
    g = torch.autograd.grad(contrast, [p[n] for n in names], retain_graph=True, allow_unused=True)
    g = {n: torch.zeros_like(p[n]) if part is None else part for n, part in zip(names, g)}
    combined = _weighted(p, gradients, [1, 0, 0])
    task_task = task_contrast = 0.0
    for n in names:
        task = gradients["task"][n]
        combined[n] = (1 - alpha) * task + alpha * g[n]
        task_task += float((task * task).sum())
        task_contrast += float((task * g[n]).sum())
    state["alpha"] = min(0.95, max(0.05, alpha - rate * (task_task - task_contrast)))
    return combined, {"loss.contrast": contrast, "weight.contrast": torch.tensor(alpha)}


RIVALS = {
    "unimodal-losses": unimodal_losses,
    "mgda": mgda,
    "imtl-g": imtl_g,
    "nash-mtl": nash_mtl,
    "mmpareto": mmpareto,
    "agm": agm,
    "ogm": ogm,
    "aligned-mtl": aligned_mtl,
    "cml": cml,
    "modality-valuation": modality_valuation,
    "mbsd": mbsd,
    "lfm": lfm,
}
# Methods whose heads only watch: they are no part of what is clipped.
WATCHING = ("joint", "agm", "ogm", "cml", "modality-valuation", "lfm")
