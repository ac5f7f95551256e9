"""Methods with losses of their own, on top of autograd, from the papers' equations."""

import math

import torch
import torch.nn.functional as F

from combination import (
    blanks,
    embedded,
    named,
    right,
    score,
    shares,
    task_loss,
    true_scores,
    watching,
    weighted,
    without,
)
from model import divergence, linear, supervised, joint_logits, part_of


def cml(p, values, gradients, options, scene):
    """Confidence must not rise without a modality (Ma et al., ICML 2023, equations 4 to 6)."""
    weight = options.get("lambda", 0.1)
    logits = without(p, scene)
    if scene["task"] == "single-label":
        confidence = [o.softmax(1).max(1).values for o in logits]
    else:
        confidence = [(o.sigmoid() - 0.5).abs().mean(1) for o in logits]
    penalty = sum((c - confidence[0]).clamp(min=0).mean() for c in confidence[1:])
    loss = sum(task_loss(scene, o) for o in logits) / 3 + weight * penalty
    return watching(p, loss, gradients), {"loss.confidence": penalty}


def modality_valuation(p, values, gradients, options, scene):
    """Samples count again with the modality alone that contributes little (Wei et al., CVPR 2024)."""
    targets = scene["batch"]["targets"]
    joint, only_l, only_v = without(p, scene)
    both, right_l, right_v = (right(scene, o) for o in (joint, only_l, only_v))
    phi_v = (right_v + 2 * both - right_l) / 2
    phi_l = (right_l + 2 * both - right_v) / 2
    copies_v, copies_l = (2 - 2 * phi_v).clamp(min=0), (2 - 2 * phi_l).clamp(min=0)
    each = [supervised(scene["task"], o, targets) for o in (joint, only_v, only_l)]
    total = (each[0] + copies_v * each[1] + copies_l * each[2]).sum()
    loss = total / (1 + copies_v + copies_l).sum()
    return watching(p, loss, gradients), {
        "contribution.image": phi_v.mean(),
        "contribution.text": phi_l.mean(),
    }


def mbsd(p, values, gradients, options, scene):
    """The better head of each sample teaches the other (Xu et al., arXiv 2502.10816, section 3)."""
    task = scene["task"]
    z_v, z_l = embedded(p, scene)
    o_v, o_l = linear(p, "image.head", z_v), linear(p, "text.head", z_l)
    p_v, p_l = (true_scores(scene, o) for o in (o_v, o_l))
    w = (p_v - p_l).abs() * torch.maximum(right(scene, o_v), right(scene, o_l))
    lesson = torch.where(p_v >= p_l, divergence(task, o_v, o_l), divergence(task, o_l, o_v))
    distillation = (w * (((o_v - o_l) ** 2).mean(1) + lesson)).mean()
    names = [n for n in p if part_of(n) != "fusion"]
    parts = torch.autograd.grad(
        distillation, [p[n] for n in names], retain_graph=True, allow_unused=True
    )
    combined = weighted(p, gradients, [1, 1, 1])
    for name, part in zip(names, parts):
        if part is not None:
            combined[name] = combined[name] + part
    return combined, {"loss.distillation": distillation}


def lfm(p, values, gradients, options, scene):
    """Contrastive loss with a weight that follows its hypergradient (Yang et al., NeurIPS 2024)."""
    state = scene["state"]
    alpha, rate, temperature = state.get("alpha", options.get("initial", 0.05)), 0.01, 0.1
    z_v, z_l = embedded(p, scene)
    u, v = (z / (z.pow(2).sum(1, keepdim=True) + 1e-8).sqrt() for z in (z_v, z_l))
    scores = u @ v.T / temperature
    partner = torch.arange(len(scores))
    contrast = (F.cross_entropy(scores, partner) + F.cross_entropy(scores.T, partner)) / 2
    names = [n for n in p if part_of(n) != "head"]
    g = torch.autograd.grad(contrast, [p[n] for n in names], retain_graph=True, allow_unused=True)
    g = {n: torch.zeros_like(p[n]) if part is None else part for n, part in zip(names, g)}
    combined = weighted(p, gradients, [1, 0, 0])
    task_task = task_contrast = 0.0
    for n in names:
        task = gradients["task"][n]
        combined[n] = (1 - alpha) * task + alpha * g[n]
        task_task += float((task * task).sum())
        task_contrast += float((task * g[n]).sum())
    state["alpha"] = min(0.95, max(0.05, alpha - rate * (task_task - task_contrast)))
    return combined, {"loss.contrast": contrast, "weight.contrast": torch.tensor(alpha)}


def late_fusion(p, values, gradients, options, scene):
    """Two models trained apart, each with its share of the joint logits."""
    return watching(p, sum(task_loss(scene, share) for share in shares(p, scene)), gradients), {}


def dropped_loss(p, scene, image, text):
    """Task loss where some samples lost their image, others their text."""
    noise = scene["noise"]["modality-dropout"][:, None]
    (z_v, z_l), (blank_v, blank_l) = embedded(p, scene), blanks(p, scene)
    kept_v = torch.where(noise < image, blank_v, z_v)
    kept_l = torch.where(noise >= 1 - text, blank_l, z_l)
    return task_loss(scene, joint_logits(p, scene["model"], kept_v, kept_l))


def modality_dropout(p, values, gradients, options, scene):
    """Modalities are blanked at random (Neverova et al., TPAMI 2016)."""
    loss = dropped_loss(p, scene, options.get("image", 0.25), options.get("text", 0.25))
    return watching(p, loss, gradients), {}


def opm(p, values, gradients, options, scene):
    """The modality ahead loses its embedding, more often the more it leads (Wei et al., TPAMI 2024)."""
    base, growth = options.get("base", 0.4), options.get("lambda", 0.5)
    scores = [score(scene, share) for share in shares(p, scene)]
    noise = scene["noise"]["opm"][:, None]
    kept, drops = [], []
    for z, own, other in zip(embedded(p, scene), scores, scores[::-1]):
        lead = own / other - 1
        q = (base * (1 + growth * lead.tanh())).clamp(0, 1) if lead > 0 else torch.zeros_like(lead)
        kept.append(torch.where(noise < q, torch.zeros_like(z), z))
        drops.append(q)
    loss = task_loss(scene, joint_logits(p, scene["model"], *kept))
    return watching(p, loss, gradients), {"drop.image": drops[0], "drop.text": drops[1]}


def amco(p, values, gradients, options, scene):
    """Units of the modality that the evidence comes from are masked, more with time (Zhou et al., ICASSP 2023)."""
    ramp, most = options.get("ramp", 0.3), options.get("most", 1)
    time = scene["epoch"] / scene["epochs"]
    masked = most * math.sin(math.pi / 2 * min(ramp, time) / ramp)
    kept = (scene["noise"]["amco"] >= masked).double()
    z_v, z_l = embedded(p, scene)
    heads = [linear(p, "image.head", z_v), linear(p, "text.head", z_l)]
    both = torch.cat(heads, 1)
    evidence = both.softmax(1) if scene["task"] == "single-label" else both.sigmoid()
    image = evidence[:, : heads[0].shape[1]].sum() / evidence.sum()
    sigma = options.get("sigma", 0.5)
    pair = [z * kept if share > sigma else z for z, share in ((z_v, image), (z_l, 1 - image))]
    loss = task_loss(scene, joint_logits(p, scene["model"], *pair))
    names = list(p)
    parts = torch.autograd.grad(loss, [p[n] for n in names], retain_graph=True, allow_unused=True)
    task = {n: torch.zeros_like(p[n]) if g is None else g for n, g in zip(names, parts)}
    combined = weighted(p, {**gradients, "task": task}, [1, 1, 1])
    return combined, {"loss.masked": loss, "share.image": image}


def recon_boost(p, values, gradients, options, scene):
    """The image's turn, rectification, the text's turn, rectification: an epoch each (Hua et al., ICML 2024)."""
    targets = scene["batch"]["targets"]
    image, text = shares(p, scene)

    def boosting(own, other):
        known = other.softmax(1).detach()
        left = 5 - (known * targets).sum(1)
        fit = -(left * (own.log_softmax(1) * targets).sum(1)).mean()
        return fit + 0.5 * ((own.softmax(1) - known) ** 2).mean()

    turns = (boosting(image, text), values["task"], boosting(text, image), values["task"])
    combined = watching(p, turns[scene["epoch"] % 4], gradients)
    return {n: combined.get(n, torch.zeros_like(q)) for n, q in p.items()}, {}


def pmr(p, values, gradients, options, scene):
    """Prototypes speed up the modality behind; the leader's entropy is kept high at first (Fan et al., CVPR 2023)."""
    state, targets = scene["state"], scene["batch"]["targets"]
    logits = {}
    for side, z in zip(("image", "text"), embedded(p, scene)):
        c = state.get(side, torch.zeros(targets.shape[1], z.shape[1], dtype=torch.float64))
        logits[side] = -((z[:, None] - c[None]) ** 2).sum(2).clamp(min=1e-6).sqrt()
        counts = targets.sum(0)[:, None]
        means = targets.T @ z.detach() / counts.clamp(min=1)
        state[side] = torch.where(counts > 0, 0.9 * c + 0.1 * means, c)
    s_v, s_l = (score(scene, logits[side]) for side in ("image", "text"))
    w_v, w_l = (s_l / s_v - 1).clamp(0, 1), (s_v / s_l - 1).clamp(0, 1)
    leader = logits["image"] if s_v > s_l else logits["text"]
    entropy = torch.distributions.Categorical(logits=leader).entropy().mean()
    pull = w_v * task_loss(scene, logits["image"]) + w_l * task_loss(scene, logits["text"])
    slowed = 0.01 if scene["epoch"] < 5 else 0
    loss = values["task"] + pull - slowed * entropy
    return watching(p, loss, gradients), {"weight.image": w_v, "weight.text": w_l}


def gradient_blending(p, values, gradients, options, scene):
    """Weights G / O^2 of the last super-epoch (Wang et al., CVPR 2020, proposition 1, Algorithm 2)."""
    w = torch.ones(3, dtype=torch.float64)
    # The first super-epoch starts where there are figures first, after an epoch.
    marks = scene["history"][:: options["superEpoch"]][-2:]
    if len(marks) == 2:
        validation, training = (
            torch.tensor([[figures[name] for name in names] for figures in marks], dtype=torch.float64)
            for names in (
                ("loss", "imageLoss", "textLoss"),
                ("train.loss.task", "train.loss.image", "train.loss.text"),
            )
        )
        gain = (validation[0] - validation[1]).clamp(min=0)
        overfitting = validation - training
        w = gain / (overfitting[1] - overfitting[0]) ** 2
        w = 3 * w / w.sum()
    return weighted(p, gradients, w), {
        "weight.task": w[0],
        "weight.image": w[1],
        "weight.text": w[2],
    }


def umt(p, values, gradients, options, scene):
    """Embeddings are drawn to those of unimodal teachers, trained beside (Du et al., ICML 2023)."""
    teacher = scene["teacher"]
    goals = embedded(teacher, scene)
    lessons = sum(
        task_loss(scene, linear(teacher, f"{side}.head", goal))
        for side, goal in zip(("image", "text"), goals)
    )
    distillation = sum(
        F.mse_loss(z, goal.detach()) for z, goal in zip(embedded(p, scene), goals)
    )
    loss = values["task"] + options.get("strength", 10) * distillation
    learned = dict(zip(teacher, torch.autograd.grad(lessons, list(teacher.values()))))
    return {**watching(p, loss, gradients), **named(learned)}, {
        "loss.distillation": distillation,
        "loss.teachers": lessons,
    }


MULTIMODAL = {
    "gradient-blending": gradient_blending,
    "umt": umt,
    "cml": cml,
    "modality-valuation": modality_valuation,
    "mbsd": mbsd,
    "lfm": lfm,
    "late-fusion": late_fusion,
    "modality-dropout": modality_dropout,
    "opm": opm,
    "amco": amco,
    "recon-boost": recon_boost,
    "pmr": pmr,
}
