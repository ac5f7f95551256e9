"""Times PyTorch's plain and BalGrad training steps on request.

A developer's tool for `bench/step.js` and `bench/device.js`. Its argument is the device, by default "cpu". Reads one JSON request per line on standard input
({"method", "form", "batch", "embed", "features", "classes", "steps", "threads"}) and answers each with
the wall and processor seconds that those steps took. Models live on between requests, so the first
request of a case warms it up.

Forms: "eager", as people write it, with the fused AdamW; "compiled", the whole step (losses, backward
passes, projection and AdamW) as one graph of `torch.compile`.
"""

import json
import os
import re
import sys
import time

import torch
import torch._dynamo
import torch._functorch.config
import torch.nn.functional as F
from torch import nn

# A vjp that is taken three times needs the buffers of the forward pass three times.
torch._functorch.config.donated_buffer = False
torch._dynamo.config.recompile_limit = 64
torch._dynamo.config.accumulated_recompile_limit = 512

DEVICE = sys.argv[1] if len(sys.argv) > 1 and __name__ == "__main__" else "cpu"

RATE, DECAY, BETA1, BETA2, EPSILON = 1e-3, 0.01, 0.9, 0.999, 1e-8
SHARED, HEADS, JOINT = ("image", "text"), ("image_head", "text_head"), ("joint",)


class Classifier(nn.Module):
    """Two embedding layers, concatenation, a joint classifier and two unimodal heads."""

    def __init__(self, features, embed, classes):
        super().__init__()
        self.image = nn.Linear(features, embed)
        self.text = nn.Linear(features, embed)
        self.joint = nn.Linear(2 * embed, classes)
        self.image_head = nn.Linear(embed, classes)
        self.text_head = nn.Linear(embed, classes)

    def named(self, layers):
        return {
            name: value
            for name, value in self.named_parameters()
            if name.split(".")[0] in layers
        }


def linear(p, layer, x):
    return F.linear(x, p[f"{layer}.weight"], p[f"{layer}.bias"])


def embed_both(p, image, text):
    return F.relu(linear(p, "image", image)), F.relu(linear(p, "text", text))


def kl(teacher, student):
    return F.kl_div(student.log_softmax(-1), teacher.detach().softmax(-1), reduction="batchmean")


def task_loss(p, image, text, labels):
    z_v, z_l = embed_both(p, image, text)
    return F.cross_entropy(linear(p, "joint", torch.cat([z_v, z_l], -1)), labels)


def three_losses(p, image, text, labels):
    """Task, sum of the unimodal losses, weighted mutual KL."""
    z_v, z_l = embed_both(p, image, text)
    task = F.cross_entropy(linear(p, "joint", torch.cat([z_v, z_l], -1)), labels)
    o_v, o_l = linear(p, "image_head", z_v), linear(p, "text_head", z_l)
    loss_v, loss_l = F.cross_entropy(o_v, labels), F.cross_entropy(o_l, labels)
    w_v = (loss_v / (loss_v + loss_l)).detach()
    divergence = 2 * (w_v * kl(o_l, o_v) + (1 - w_v) * kl(o_v, o_l))
    return task, loss_v + loss_l, divergence


def combined(task, own, divergence, shared):
    """BalGrad's gradients: the KL gradient of shared parameters is kept where it helps the task."""
    inner = sum((task[k] * divergence[k]).sum() for k in shared)
    square = sum((divergence[k] * divergence[k]).sum() for k in shared)
    kept = 1 - torch.where(inner < 0, inner / square.clamp_min(1e-30), torch.zeros((), device=DEVICE))
    gradients = {k: task[k] + own[k] + kept * divergence[k] for k in shared}
    for k in own:
        if k not in shared:
            gradients[k] = own[k] + divergence[k]
    for k in task:
        if k not in shared:
            gradients[k] = task[k]
    return gradients


class Eager:
    """The step as it is written: three backward passes, and PyTorch's fused AdamW."""

    def __init__(self, model, method, batch):
        layers = SHARED + JOINT if method == "plain" else SHARED + JOINT + HEADS
        self.parameters = model.named(layers)
        self.groups = [list(model.named(names)) for names in (SHARED, JOINT, HEADS)]
        self.method, self.batch = method, batch
        values = self.parameters.values()
        self.optimizer = torch.optim.AdamW(values, lr=RATE, weight_decay=DECAY, fused=True)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        if self.method == "plain":
            task_loss(self.parameters, *self.batch).backward()
        else:
            self.balgrad()
        self.optimizer.step()

    def balgrad(self):
        p = self.parameters
        shared, joint, heads = self.groups
        task, own, divergence = three_losses(p, *self.batch)

        def gradients(loss, names, keep):
            values = torch.autograd.grad(loss, [p[name] for name in names], retain_graph=keep)
            return dict(zip(names, values))

        g_task = gradients(task, shared + joint, True)
        g_own = gradients(own, shared + heads, True)
        g_kl = gradients(divergence, shared + heads, False)
        for name, value in combined(g_task, g_own, g_kl, shared).items():
            p[name].grad = value


class Compiled:
    """The whole step as one compiled graph, with AdamW written out in place."""

    def __init__(self, model, method, batch):
        layers = SHARED + JOINT if method == "plain" else SHARED + JOINT + HEADS
        self.parameters = {k: v.detach() for k, v in model.named(layers).items()}
        self.mean = {k: torch.zeros_like(v) for k, v in self.parameters.items()}
        self.variance = {k: torch.zeros_like(v) for k, v in self.parameters.items()}
        self.t, self.batch = torch.ones((), device=DEVICE), batch
        shared, joint, heads = (list(model.named(names)) for names in (SHARED, JOINT, HEADS))

        def balgrad(p, batch):
            _, vjp = torch.func.vjp(lambda q: three_losses(q, *batch), p)
            one, zero = torch.ones((), device=DEVICE), torch.zeros((), device=DEVICE)
            (g_task,), (g_own,), (g_kl,) = vjp((one, zero, zero)), vjp((zero, one, zero)), vjp((zero, zero, one))
            of = lambda g, names: {k: g[k] for k in names}
            return combined(of(g_task, shared + joint), of(g_own, shared + heads), g_kl, shared)

        def whole(p, mean, variance, t, *batch):
            g = torch.func.grad(task_loss)(p, *batch) if method == "plain" else balgrad(p, batch)
            correction = torch.sqrt(1 - BETA2**t)
            rate, epsilon = RATE * correction / (1 - BETA1**t), EPSILON * correction
            for k in p:
                mean[k].mul_(BETA1).add_(g[k], alpha=1 - BETA1)
                variance[k].mul_(BETA2).addcmul_(g[k], g[k], value=1 - BETA2)
                p[k].mul_(1 - RATE * DECAY).sub_(rate * mean[k] / (variance[k].sqrt() + epsilon))
            t.add_(1)

        self.compiled = torch.compile(whole)

    def step(self):
        self.compiled(self.parameters, self.mean, self.variance, self.t, *self.batch)


FORMS = {"eager": Eager, "compiled": Compiled}


def make(request):
    torch.manual_seed(1)
    batch, features, classes = request["batch"], request["features"], request["classes"]
    model = Classifier(features, request["embed"], classes).to(DEVICE)
    samples = (
        torch.randn(batch, features, device=DEVICE),
        torch.randn(batch, features, device=DEVICE),
        torch.randint(0, classes, (batch,), device=DEVICE),
    )
    return FORMS[request["form"]](model, request["method"], samples)


def timed(case, steps):
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        case.step()
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    return {"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}


def blas():
    """The library of matrix products, as the build names it."""
    if torch.backends.mkl.is_available():
        return "mkl"
    found = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    return found.group(1) if found else "generic"


def main():
    cases = {}
    card = torch.cuda.get_device_name() if DEVICE == "cuda" else None
    hello = {"version": torch.__version__, "blas": blas(), "pid": os.getpid(), "card": card}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        key = tuple(request[name] for name in ("method", "form", "batch", "embed", "threads"))
        if key not in cases:
            cases[key] = make(request)
        print(json.dumps(timed(cases[key], request["steps"])), flush=True)


if __name__ == "__main__":
    main()
