"""Joint training and BalGrad on top of autograd, and the optimizer step, from the equations.

A gradient is a dict name -> tensor with zeros where a loss does not reach a parameter.
"""

import torch

from combination import named
from model import LOSSES, is_shared, losses, part_of
from modulation import MODULATION
from multimodal import MULTIMODAL, dropped_loss
from recent import RECENT
from streams import initial
from surgery import SURGERY

# Of the graph's own initial values.
SEED = 1

# Methods whose heads are a part of what is clipped; elsewhere they only watch.
HEADS_LEARN = {"balgrad", "balgrad-plus", "robust", "mmpareto", "mbsd", "amco", "gradient-blending", "mnl", *SURGERY}


def loss_gradients(p, values):
    """Gradient of each loss, and which parameters it reaches."""
    names = list(p)
    gradients, reached = {}, {}
    for loss in LOSSES:
        parts = torch.autograd.grad(
            values[loss], [p[name] for name in names], retain_graph=True, allow_unused=True
        )
        reached[loss] = {name for name, part in zip(names, parts) if part is not None}
        gradients[loss] = {
            name: torch.zeros_like(p[name]) if part is None else part
            for name, part in zip(names, parts)
        }
    return gradients, reached


def _inner(a, b, names):
    """Inner product of two gradients over some parameters."""
    return sum(((a[name] * b[name]).sum() for name in names), torch.zeros((), dtype=torch.float64))


def _norm(a, names):
    """Norm of a gradient over some parameters."""
    return _inner(a, a, names).sqrt()


def modality_weights(status, values, gradients, shared, prior):
    """(w_v, w_l): the modality that has learned less is pulled harder."""
    if status == "loss":
        v, l = values["image"], values["text"]
    elif status == "gradient-norm":
        v, l = _norm(gradients["image"], shared), _norm(gradients["text"], shared)
    elif status == "progress":
        # Pulled by the other one's progress over the best constant prediction.
        v = (1 - values["text"] / prior).clamp(min=0)
        l = (1 - values["image"] / prior).clamp(min=0)
    elif status == "lead":
        # Only the one that is ahead teaches.
        v, l = (float((1 - values[side] / prior).clamp(min=0)) for side in ("image", "text"))
        return tuple(torch.tensor(float(lead > 0), dtype=torch.float64) for lead in (l - v, v - l))
    else:
        v = l = torch.ones_like(values["image"])
    v, l = v.detach(), l.detach()
    if float(v + l) == 0:
        return torch.full_like(v, 0.5), torch.full_like(l, 0.5)
    return v / (v + l), l / (v + l)


def joint(p, values, gradients, reached, options, prior):
    """L_T for all but the heads; the heads are probes that follow their own losses."""
    combined = {}
    for name in p:
        if part_of(name) == "head":
            if options.get("probes", True):
                combined[name] = gradients["image"][name] + gradients["text"][name]
        else:
            combined[name] = gradients["task"][name]
    metrics = {f"loss.{name}": values[name] for name in ("task", "image", "text")}
    return combined, metrics, {}


def balgrad(p, values, gradients, reached, options, prior):
    """Inter-modality reweighting, inter-task projection, and who follows what."""
    strength, unimodal = options.get("lambda", 1), options.get("unimodal", 1)
    status = options.get("status", "loss") if options.get("reweighting", True) else "uniform"
    shared = [name for name in p if is_shared(name)]
    w_v, w_l = modality_weights(status, values, gradients, shared, prior)
    g_kl = {
        name: 2 * strength * (w_v * gradients["klImage"][name] + w_l * gradients["klText"][name])
        for name in p
    }
    g_task = gradients["task"]
    task_kl, kl_kl = _inner(g_task, g_kl, shared), _inner(g_kl, g_kl, shared)
    conflict = bool(task_kl < 0)
    projected = g_task
    if conflict and options.get("projection", True):
        projected = {name: g_task[name] - task_kl / kl_kl * g_kl[name] for name in p}
    combined = {}
    for name in p:
        own = gradients["image"][name] + gradients["text"][name]
        if part_of(name) == "fusion":
            combined[name] = g_task[name]
        elif is_shared(name):
            combined[name] = unimodal * own + g_kl[name] + projected[name]
        else:
            combined[name] = own + g_kl[name]
    norms = _norm(g_task, shared), kl_kl.sqrt()
    metrics = {f"loss.{name}": values[name] for name in LOSSES}
    metrics.update(
        {
            "weight.image": w_v,
            "weight.text": w_l,
            "norm.task": norms[0],
            "norm.kl": norms[1],
            "cosine": task_kl / (norms[0] * norms[1]),
            "conflict": torch.tensor(float(conflict)),
        }
    )
    return combined, metrics, {"taskKl": task_kl, "klKl": kl_kl, "taskTask": norms[0] ** 2}


def balgrad_plus(p, values, gradients, options, scene):
    """BalGrad whose task loss sees dropout by dominance: of the modality that has learned more, more."""
    state, prior = scene["state"], scene["prior"]
    if options.get("drop", 0) == 0:
        return balgrad(p, values, gradients, None, options, prior)[:2]
    learned = {side: float((1 - values[side] / prior).clamp(min=0)) for side in ("image", "text")}
    before = {side: state.get(side, 0.0) + 5e-7 for side in learned}
    drops = [min(0.5, 2 * options["drop"] * s / sum(before.values())) for s in before.values()]
    state.update({side: 0.98 * state.get(side, 0.0) + 0.02 * learned[side] for side in learned})
    task = dropped_loss(p, scene, *drops)
    names = list(p)
    parts = torch.autograd.grad(task, [p[n] for n in names], retain_graph=True, allow_unused=True)
    own = {n: torch.zeros_like(p[n]) if g is None else g for n, g in zip(names, parts)}
    plain = {**values, "task": task}, {**gradients, "task": own}
    combined, metrics, _ = balgrad(p, *plain, None, options, prior)
    metrics.update({"drop.image": torch.tensor(drops[0]), "drop.text": torch.tensor(drops[1])})
    return combined, metrics


def robust(p, values, gradients, options, scene):
    """BalGrad with one-sided teaching."""
    settings = {"status": "lead", **options}
    return balgrad(p, values, gradients, None, settings, scene["prior"])[:2]


RIVALS = {**SURGERY, **MODULATION, **MULTIMODAL, **RECENT, "balgrad-plus": balgrad_plus, "robust": robust}
# MMCosine is plain training with the fusion of cosines; so is training on one modality, without the other.
METHODS = {
    **dict.fromkeys(("joint", "mmcosine", "image-only", "text-only"), joint),
    "balgrad": balgrad,
}


def _has_decay(tensor):
    """Weights decay, biases and norms (at most one axis longer than 1) do not."""
    return sum(size > 1 for size in tensor.shape) > 1


class Training:
    """Parameters with PyTorch's own AdamW."""

    def __init__(self, p, teacher, case):
        self.p, self.teacher = (
            {name: value.clone().requires_grad_() for name, value in start.items()}
            for start in (p, teacher)
        )
        self.trained = {**self.p, **named(self.teacher)}
        self.initial = initial({name: list(q.shape) for name, q in p.items()}, SEED)
        self.case = case
        self.state = {}
        self.steps = 0
        o = case["optimizer"]
        # A group each: methods may change the learning rates of some.
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [q], "weight_decay": o["weightDecay"] if _has_decay(q) else 0.0}
                for q in self.trained.values()
            ],
            betas=(o["beta1"], o["beta2"]),
            eps=o["epsilon"],
        )

    def _scene(self, batch):
        """What the methods may look at, and where they put what the step is to do besides."""
        case, progress = self.case, self.case["progress"]
        steps = progress.get("epochOfStep")
        epoch = steps[self.steps] if steps else progress["epoch"]
        return {
            "model": case["model"],
            "task": case["task"]["task"],
            "batch": batch,
            "prior": case["priorLoss"],
            "noise": case["noise"],
            "epoch": epoch,
            "epochs": progress["epochs"],
            "history": progress.get("history", [])[:epoch],
            "teacher": self.teacher,
            "state": self.state,
            "rates": {},
            "back": {},
            "put": {},
        }

    def directions(self, batch):
        """All that a step computes before it moves."""
        case, scene = self.case, self._scene(batch)
        values = losses(self.p, case["model"], case["task"]["task"], batch)
        gradients, reached = loss_gradients(self.p, values)
        name, options = case["method"]["name"], case["method"]["options"]
        if name in METHODS:
            combined, metrics, inner = METHODS[name](
                self.p, values, gradients, reached, options, case["priorLoss"]
            )
        else:
            combined, metrics = RIVALS[name](self.p, values, gradients, options, scene)
            inner = {}
        heads_learn = name in HEADS_LEARN
        trained = [n for n in combined if n in self.p and (heads_learn or part_of(n) != "head")]
        metrics["norm.update"] = _norm(combined, trained)
        return {
            "losses": values,
            "gradients": gradients,
            "reached": reached,
            "combined": combined,
            "metrics": metrics,
            "inner": inner,
            "trained": trained,
            "rates": scene["rates"],
            "back": scene["back"],
            "put": scene["put"],
        }

    def _clip(self, found, names):
        """Factor that brings the norm of some parameters' gradients down to the limit."""
        limit, norm = self.case["clipNorm"], _norm(found["combined"], names)
        return dict.fromkeys(names, min(1.0, float(limit / norm)) if limit > 0 else 1.0)

    def step(self, batch, learning_rate):
        """One step; returns what it computed."""
        found = self.directions(batch)
        probes = [n for n in found["combined"] if n not in found["trained"]]
        scale = {**self._clip(found, found["trained"]), **self._clip(found, probes)}
        for (name, q), group in zip(self.trained.items(), self.optimizer.param_groups):
            gradient = found["combined"].get(name)
            q.grad = None if gradient is None else gradient.detach() * scale[name]
            group["lr"] = learning_rate * found["rates"].get(name, 1)
        self.optimizer.step()
        with torch.no_grad():
            for name, w in found["back"].items():
                self.p[name].lerp_(self.initial[name], w)
            for name, value in found["put"].items():
                self.p[name].copy_(value)
        self.steps += 1
        return found
