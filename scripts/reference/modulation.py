"""Methods that change a modality's gradients, on top of autograd, from the papers' equations."""

import math

import torch
import torch.nn.functional as F

from combination import (
    classifier_rows,
    embedded,
    flat,
    right,
    score,
    shared_names,
    shares,
    task_loss,
    watching,
    weighted,
    without,
)
from model import linear, is_shared, joint_logits
from streams import coordinate_normal

SIDES = ("image", "text")


def _scaled(p, combined, factors):
    """Gradients of each modality's encoder and embedding times a factor."""
    return {n: g * factors[n.split(".")[0]] if is_shared(n) else g for n, g in combined.items()}


def mmpareto(p, values, gradients, options, scene):
    """Min-norm weights where joint and unimodal gradient conflict, lengths kept (Wei and Hu, ICML 2024)."""
    gamma = options.get("gamma", 1.5)
    combined = weighted(p, gradients, [1, 1, 1])
    for side in SIDES:
        own = shared_names(p, side)
        joint, alone = flat(gradients["task"], own), flat(gradients[side], own)
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
    """Gradients through mono-modal responses, times k; means start at zero (Li et al., ICCV 2023)."""
    alpha = options.get("alpha", 1.0)
    state = scene["state"]
    joint, only_l, only_v = without(p, scene)
    phi_v = (joint - only_l + only_v) / 2
    phi_l = (joint - only_v + only_l) / 2
    e_v, e_l = task_loss(scene, phi_v).detach(), task_loss(scene, phi_l).detach()
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
    loss = task_loss(scene, phi_v + phi_l)
    return watching(p, loss, gradients), {"weight.image": k_v, "weight.text": k_l}


def ogm(p, values, gradients, options, scene):
    """The modality ahead is slowed by 1 - tanh(alpha rho) (Peng et al., CVPR 2022, equations 8 to 10)."""
    alpha = options.get("alpha", 0.3)
    scores = [score(scene, share) for share in shares(p, scene)]
    factors = {}
    for side, own, other in (("image", *scores), ("text", *scores[::-1])):
        rho = own / other
        factors[side] = 1 - torch.tanh(alpha * rho) if rho > 1 else torch.ones_like(rho)
    combined = _scaled(p, watching(p, values["task"], gradients), factors)
    return combined, {"weight.image": factors["image"], "weight.text": factors["text"]}


def ogm_ge(p, values, gradients, options, scene):
    """OGM, plus noise as wide as the gradient was before it (Peng et al., CVPR 2022, equations 11 and 12)."""
    combined, metrics = ogm(p, values, gradients, options, scene)
    plain = watching(p, values["task"], gradients)
    for n in shared_names(p):
        noise = coordinate_normal(list(p[n].shape), n, scene["noise"]["ogm"])
        combined[n] = combined[n] + noise * plain[n].std(unbiased=False)
    return combined, metrics


def cggm(p, values, gradients, options, scene):
    """Gradients by what the other head gained; weights turn towards the heads' (Guo et al., NeurIPS 2024)."""
    rho, weight, state = options.get("rho", 1.3), options.get("lambda", 0.05), scene["state"]
    z = dict(zip(SIDES, embedded(p, scene)))
    accuracy = {side: right(scene, linear(p, f"{side}.head", z[side])).mean() for side in SIDES}
    gain = {side: accuracy[side] - state.get(side, 0.0) for side in SIDES}
    state.update(accuracy)
    total = gain["image"] + gain["text"]
    k = {side: torch.ones(()).double() for side in SIDES}
    if total**2 > 1e-8:
        k = {side: ((total - gain[side]) / total).clamp(0, 2) for side in SIDES}
    direction = 0
    for side, rows in zip(SIDES, classifier_rows(p, scene)):
        head = p[f"{side}.head.weight"].detach().reshape(-1)
        direction = direction + k[side] * (1 - F.cosine_similarity(head, rows.reshape(-1), dim=0)) / 2
    combined = watching(p, values["task"] + weight * direction, gradients)
    return _scaled(p, combined, {side: rho * k[side] for side in SIDES}), {
        "loss.direction": direction,
        "weight.image": k["image"],
        "weight.text": k["text"],
    }


def _in_prime_window(history, window):
    """Whether the mean Fisher trace of the last epochs still grows by 5 % and more of itself."""
    if not history:
        return True
    traces = [0.0] * (window + 1) + [figures["train.trace"] for figures in history]
    now, before = sum(traces[-window:]), sum(traces[-window - 1 : -1])
    return (now - before) / now > 0.05


def info_reg(p, values, gradients, options, scene):
    """In the prime window the modality ahead is pulled to where the epoch began (Huang et al., CVPR 2025)."""
    alpha, state = options.get("alpha", 0.5), scene["state"]
    if state.get("epoch") != scene["epoch"]:
        state.update(epoch=scene["epoch"], start={n: q.detach().clone() for n, q in p.items()})
    start = state["start"]
    own = shares(p, scene)
    s_v, s_l = (score(scene, share) for share in own)
    nothing = torch.zeros_like(s_v)
    beta = {
        "image": alpha * (s_v - s_l).tanh().exp() if s_v > s_l else nothing,
        "text": alpha * (s_l - s_v).tanh().exp() if s_l > s_v else nothing,
    }
    if not _in_prime_window(scene["history"], options.get("window", 10)):
        beta = dict.fromkeys(SIDES, nothing)
    loss = values["task"] + sum(task_loss(scene, share) for share in own)
    combined = watching(p, loss, gradients)
    trace = sum((combined[n] ** 2).sum() for n in shared_names(p))
    for n in shared_names(p):
        combined[n] = combined[n] + beta[n.split(".")[0]] * (p[n] - start[n]).detach()
    return combined, {"weight.image": beta["image"], "weight.text": beta["text"], "trace": trace}


def mla(p, values, gradients, options, scene):
    """Turns on a shared classifier, projected by recursive least squares (Zhang et al., CVPR 2024)."""
    alpha, state = options.get("alpha", 1), scene["state"]
    z = embedded(p, scene)
    P = state.get("projector", torch.eye(z[0].shape[1], dtype=torch.float64))
    turn = state.get("turn", 0)
    combined = watching(p, task_loss(scene, shares(p, scene)[turn]), gradients)
    combined = {n: combined.get(n, torch.zeros_like(q)) for n, q in p.items()}
    combined["joint.classifier.weight"] = P @ combined["joint.classifier.weight"]
    x = z[turn].detach().mean(0)
    state["projector"] = P - torch.outer(P @ x, x @ P) / (alpha + x @ P @ x)
    state["turn"] = 1 - turn
    return combined, {"turn.image": torch.tensor(1.0 - turn)}


def greedy(p, values, gradients, options, scene):
    """Steps of its own for the modality that learns slower than the other is used (Wu et al., ICML 2022)."""
    threshold, window = options.get("threshold", 0.01), options.get("window", 5)
    state = scene["state"]
    z = dict(zip(SIDES, embedded(p, scene)))
    rows = dict(zip(SIDES, classifier_rows(p, scene)))
    state["steps"] = state.get("steps", 0) + 1
    for side in SIDES:
        mean = state.get(f"mean.{side}", torch.zeros_like(z[side][0]))
        state[f"mean.{side}"] = mean + (z[side].detach().mean(0) - mean) / state["steps"]
    turn = state.get("turn", "both")
    pair = [
        z[side] if turn in ("both", side) else state[f"mean.{side}"].expand_as(z[side]) for side in SIDES
    ]
    combined = watching(p, task_loss(scene, joint_logits(p, scene["model"], *pair)), gradients)
    combined = {n: combined.get(n, torch.zeros_like(q)) for n, q in p.items()}
    metrics = {f"turn.{side}": torch.tensor(float(turn == side)) for side in SIDES}
    if turn != "both":
        state["left"] -= 1
        if state["left"] == 0:
            state["turn"] = "both"
        return combined, metrics
    for side, other in (("image", "text"), ("text", "image")):
        start = 0 if other == "image" else len(rows[other])
        fusion = combined["joint.classifier.weight"][start : start + len(rows[other])]
        bias, bias_gradient = p["joint.classifier.bias"], combined["joint.classifier.bias"]
        own = shared_names(p, side)
        speed = flat(combined, own).pow(2).sum() / flat(p, own).pow(2).sum()
        used = (fusion.pow(2).sum() + bias_gradient.pow(2).sum()) / (
            rows[other].pow(2).sum() + bias.pow(2).sum()
        )
        state[f"own.{side}"] = state.get(f"own.{side}", 0) + float(speed)
        state[f"other.{side}"] = state.get(f"other.{side}", 0) + float(used)
    speeds = [math.log(state[f"other.{side}"] / state[f"own.{side}"]) for side in SIDES]
    difference = speeds[0] - speeds[1]
    if abs(difference) > threshold and scene["epoch"] >= options.get("start", 2):
        state["turn"], state["left"] = "image" if difference > 0 else "text", window
    return combined, metrics


def mslr(p, values, gradients, options, scene):
    """A learning rate for each modality (Yao and Mihalcea, Findings of ACL 2022; AGM's code)."""
    window, rates = options.get("window", 5), {}
    for side in SIDES:
        scores = [figures[side] for figures in scene["history"][-window:]]
        settled = len(scores) == window
        rates[side] = options[side] * (scores[-1] * window / sum(scores) if settled else 1)
    scene["rates"] = {n: rates[n.split(".")[0]] for n in shared_names(p)}
    metrics = {f"weight.{side}": torch.tensor(rates[side]) for side in SIDES}
    return watching(p, values["task"], gradients), metrics


def relearning(p, values, gradients, options, scene):
    """At some epochs' start encoders go back, the more the wider the gap (Wei et al., ECCV 2024)."""
    every, times, epoch = options["every"], options["times"], scene["epoch"]
    metrics = {}
    for side, z in zip(SIDES, embedded(p, scene)):
        metrics[f"accuracy.{side}"] = right(scene, linear(p, f"{side}.head", z)).mean()
        w = 0.0
        if epoch % every == 0 and 0 < epoch // every <= times:
            last = scene["history"][-1]
            gap = abs(last[f"train.accuracy.{side}"] - last[f"{side}Right"] / 100)
            w = math.tanh(options.get("lambda", 3) * gap)
        metrics[f"back.{side}"] = torch.tensor(w)
        scene["back"].update({n: w for n in shared_names(p, side)})
    return watching(p, values["task"], gradients), metrics


MODULATION = {
    "mslr": mslr,
    "relearning": relearning,
    "mmpareto": mmpareto,
    "agm": agm,
    "ogm": ogm,
    "ogm-ge": ogm_ge,
    "cggm": cggm,
    "info-reg": info_reg,
    "mla": mla,
    "greedy": greedy,
}
