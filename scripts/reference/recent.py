"""Methods of 2025 and 2026, on top of autograd, from the papers' equations."""

import math

import torch
import torch.nn.functional as F

from combination import embedded, shared_names, true_scores, watching, weighted
from model import embeddings, joint_logits, linear, noise_of, part_of, present, supervised
from streams import position_uniform, sample_normal

SIDES = ("image", "text")


def _present_mean(values, present):
    """Mean over the samples that have a modality."""
    return values[present > 0].mean()


def mnl(p, values, gradients, options, scene):
    """Who knows more says what a sample is not (Gong et al., NeurIPS 2025)."""
    batch, single = scene["batch"], scene["task"] == "single-label"
    z = embedded(p, scene)
    joint = joint_logits(p, scene["model"], *z).detach()
    heads = [linear(p, f"{side}.head", own) for side, own in zip(SIDES, z)]
    scores = [true_scores(scene, o) for o in heads]
    lessons, counts = [], {"image": 0.0, "text": 0.0}
    for i, y in enumerate(batch["targets"]):
        if batch["imagePresent"][i] * batch["textPresent"][i] == 0:
            continue
        own, wrong = y.bool(), ~y.bool()
        if not wrong.any():
            continue
        rival = torch.where(wrong, joint[i], torch.full_like(joint[i], -math.inf)).argmax()
        margin = [(o[i][own].mean() if own.any() else 0.0) - o[i][rival] for o in heads]
        for strong, weak in ((0, 1), (1, 0)):
            if not (scores[strong][i] > scores[weak][i] and margin[strong] > margin[weak]):
                continue
            teacher, student = heads[strong][i].detach(), heads[weak][i]
            if single:
                lesson = -(teacher.softmax(0) * student.log_softmax(0))[wrong].sum()
            else:
                lesson = F.binary_cross_entropy_with_logits(
                    student[wrong], teacher.sigmoid()[wrong], reduction="sum"
                )
            lessons.append(lesson)
            counts[SIDES[weak]] += 1
    guidance = torch.stack(lessons).sum() / len(joint)
    names = [n for n in p if part_of(n) != "fusion"]
    parts = torch.autograd.grad(guidance, [p[n] for n in names], retain_graph=True, allow_unused=True)
    combined = weighted(p, gradients, [1, 1, 1])
    for name, part in zip(names, parts):
        if part is not None:
            combined[name] = combined[name] + options.get("weight", 0.7) * part
    return combined, {
        "loss.guidance": guidance,
        **{f"guided.{side}": torch.tensor(counts[side] / len(joint)) for side in SIDES},
    }


def tcmax(p, values, gradients, options, scene):
    """The bound of the total correlation over all pairs of the batch (Yu et al., ICLR 2026)."""
    y = scene["batch"]["targets"].argmax(1)
    z_v, z_l = embedded(p, scene)
    # Every image with every text, one pass each.
    rows = [joint_logits(p, scene["model"], z.expand_as(z_l), z_l) for z in z_v[:, None]]
    pairs = torch.stack(rows)  # [image, text, classes]
    own = torch.arange(len(y))
    partition = torch.logsumexp(pairs.reshape(-1), 0) - 2 * math.log(len(y))
    loss = partition - pairs[own, own, y].mean()
    return watching(p, loss, gradients), {"loss.correlation": loss}


def dgl(p, values, gradients, options, scene):
    """Stopped embeddings for the fusion, unimodal passes for the rest (Wei et al., ICCV 2025)."""
    batch = scene["batch"]
    z = dict(zip(SIDES, embedded(p, scene)))
    alone = {}
    for side, other in (SIDES, SIDES[::-1]):
        pair = {side: z[side], other: torch.zeros_like(z[other])}
        each = supervised(
            scene["task"], joint_logits(p, scene["model"], pair["image"], pair["text"]), batch["targets"]
        )
        alone[side] = _present_mean(each, batch[f"{side}Present"])
    stopped = joint_logits(p, scene["model"], z["image"].detach(), z["text"].detach())
    task = supervised(scene["task"], stopped, batch["targets"]).mean()
    combined = weighted(p, gradients, [0, 0, 0])
    fusion, shared = [n for n in p if part_of(n) == "fusion"], shared_names(p)
    for loss, names in ((task, fusion), (options.get("alpha", 4) * sum(alone.values()), shared)):
        parts = torch.autograd.grad(loss, [p[n] for n in names], retain_graph=True)
        combined.update(zip(names, parts))
    return combined, {f"alone.{side}": alone[side] for side in SIDES}


def simmlm(p, values, gradients, options, scene):
    """A gated mixture that must not lose by what it is given (Li et al., ICCV 2025)."""
    batch, z = scene["batch"], embedded(p, scene)
    both = batch["imagePresent"] * batch["textPresent"]
    there = present(batch["image"], batch["text"])

    def loss_of(has):
        logits = joint_logits(p, scene["model"], *z, has)
        return _present_mean(supervised(scene["task"], logits, batch["targets"]), both)

    more = loss_of(there)
    without = [loss_of([has] * len(there)) for has in ((False, True), (True, False))]
    ranking = sum((more - fewer).clamp(min=0) for fewer in without) / 2
    loss = values["task"] + sum(without) / 2 + options.get("lambda", 1) * ranking
    return watching(p, loss, gradients), {
        "loss.ranking": ranking,
        "without.image": without[0],
        "without.text": without[1],
    }


def dpl(p, values, gradients, options, scene):
    """Prototypes for each pattern, each sample seen in all of its own (Lu et al., CVPR 2026)."""
    batch, z, missing = scene["batch"], embedded(p, scene), options.get("missing", 0.7)
    alone = {}
    for side, has in zip(SIDES, ((True, False), (False, True))):
        logits = joint_logits(p, scene["model"], *z, [has] * len(batch["targets"]))
        each = supervised(scene["task"], logits, batch["targets"])
        alone[side] = _present_mean(each, batch[f"{side}Present"])
    loss = (1 - missing) * values["task"] + missing / 2 * sum(alone.values())
    return watching(p, loss, gradients), {f"alone.{side}": alone[side] for side in SIDES}


def _disturbed(x, strength, most, fresh, name):
    """An input with noise: Gaussian on numbers, by the deviation of what is there; dropped tokens of texts."""
    if not x.is_floating_point():
        gone = position_uniform(x.shape[1], fresh) < (strength / most)[:, None]
        gone[:, 0] = False
        return x.masked_fill(gone, 0)
    there = (x != 0).flatten(1).any(1)
    kept = x[there]
    spread = kept.std(unbiased=False) if x.dim() > 2 else kept.std(0, unbiased=False)
    normal = sample_normal(x[0].numel(), name, fresh).reshape(x.shape)
    scale = (strength * there).reshape(-1, *[1] * (x.dim() - 1))
    return x + scale * spread * normal


def udml(p, values, gradients, options, scene):
    """Weights by estimated noise and dependency, trained on noise of known strength (Wei et al., CVPR 2026)."""
    batch, model, draws = scene["batch"], scene["model"], scene["noise"]["udml"]
    most, gamma = options.get("noise", 2), options.get("gamma", 4)
    noisy = scene["epoch"] >= options.get("warmUp", 0.5) * scene["epochs"]
    strengths = [draws[:, at] * most * (draws[:, 0] >= 0.5) * noisy for at in (1, 2)]
    inputs = [
        _disturbed(batch[side], strength, most, draws[:, at], f"udml.{side}")
        for side, strength, at in zip(SIDES, strengths, (3, 4))
    ]
    z = embeddings(p, model, *inputs)
    there = present(batch["image"], batch["text"])
    logits = [joint_logits(p, model, *z, [has] * len(there)) for has in ((True, False), (False, True))]
    masks = [batch[f"{side}Present"] for side in SIDES]

    def each(o):
        return supervised(scene["task"], o, batch["targets"])

    alone = [_present_mean(each(o), mask) for o, mask in zip(logits, masks)]
    estimation = sum(
        _present_mean((noise_of(p, side, own)[:, 0] - (1 + strength)) ** 2, mask)
        for side, own, strength, mask in zip(SIDES, z, strengths, masks)
    )
    loss = each(joint_logits(p, model, *z, there)).mean() + gamma * sum(alone) + 0.1 * estimation
    name = "joint.quality.dependency"
    now = torch.stack([o.detach().abs().sum(1).mean() for o in logits])
    scene["put"][name] = 0.9 * p[name].detach() + 0.1 * now
    combined = {**watching(p, loss, gradients), name: torch.zeros(2).double()}
    return combined, {
        "loss.estimation": estimation,
        **{f"alone.{side}": own for side, own in zip(SIDES, alone)},
    }


RECENT = {"mnl": mnl, "tcmax": tcmax, "dgl": dgl, "simmlm": simmlm, "dpl": dpl, "udml": udml}
