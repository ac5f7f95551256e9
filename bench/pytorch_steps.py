"""Times PyTorch's plain and BalGrad training steps on request.

A developer's tool for `bench/step.js`. Reads one JSON request per line on standard input
({"method", "batch", "embed", "features", "classes", "steps", "threads"}) and answers each with
the seconds that those steps took. Models live on between requests, so the first request of a case
warms it up.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Classifier(nn.Module):
    """Two embedding layers, concatenation, a joint classifier and two unimodal heads."""

    def __init__(self, features, embed, classes):
        super().__init__()
        self.image = nn.Linear(features, embed)
        self.text = nn.Linear(features, embed)
        self.joint = nn.Linear(2 * embed, classes)
        self.image_head = nn.Linear(embed, classes)
        self.text_head = nn.Linear(embed, classes)

    def shared(self):
        return [*self.image.parameters(), *self.text.parameters()]

    def heads(self):
        return [*self.image_head.parameters(), *self.text_head.parameters()]

    def embed_both(self, image, text):
        return F.relu(self.image(image)), F.relu(self.text(text))


def kl(teacher, student):
    return F.kl_div(student.log_softmax(-1), teacher.detach().softmax(-1), reduction="batchmean")


def plain_step(model, image, text, labels):
    z_v, z_l = model.embed_both(image, text)
    loss = F.cross_entropy(model.joint(torch.cat([z_v, z_l], -1)), labels)
    loss.backward()


def balgrad_step(model, image, text, labels):
    """Three backward passes: task, unimodal losses, weighted KL; then the projection."""
    z_v, z_l = model.embed_both(image, text)
    task = F.cross_entropy(model.joint(torch.cat([z_v, z_l], -1)), labels)
    o_v, o_l = model.image_head(z_v), model.text_head(z_l)
    loss_v, loss_l = F.cross_entropy(o_v, labels), F.cross_entropy(o_l, labels)
    w_v = (loss_v / (loss_v + loss_l)).detach()
    divergence = 2 * (w_v * kl(o_l, o_v) + (1 - w_v) * kl(o_v, o_l))

    shared, heads = model.shared(), model.heads()
    fusion = list(model.joint.parameters())
    g_task = torch.autograd.grad(task, [*shared, *fusion], retain_graph=True)
    g_own = torch.autograd.grad(loss_v + loss_l, [*shared, *heads], retain_graph=True)
    g_kl = torch.autograd.grad(divergence, [*shared, *heads])
    n = len(shared)
    inner = sum((a * b).sum() for a, b in zip(g_task[:n], g_kl[:n]))
    square = sum((b * b).sum() for b in g_kl[:n])
    kept = 1 - torch.where(inner < 0, inner / square.clamp_min(1e-30), torch.zeros(()))
    for p, t, o, k in zip(shared, g_task, g_own, g_kl):
        p.grad = t + o + kept * k
    for p, o, k in zip(heads, g_own[n:], g_kl[n:]):
        p.grad = o + k
    for p, t in zip(fusion, g_task[n:]):
        p.grad = t


STEPS = {"plain": plain_step, "balgrad": balgrad_step}


class Case:
    """A model with its optimizer and a fixed batch."""

    def __init__(self, request):
        torch.manual_seed(1)
        batch, features, classes = request["batch"], request["features"], request["classes"]
        self.model = Classifier(features, request["embed"], classes)
        trained = self.model.parameters()
        if request["method"] == "plain":
            trained = [*self.model.shared(), *self.model.joint.parameters()]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.01, foreach=True)
        self.image, self.text = torch.randn(batch, features), torch.randn(batch, features)
        self.labels = torch.randint(0, classes, (batch,))
        self.step = STEPS[request["method"]]

    def run(self, steps):
        start = time.perf_counter()
        for _ in range(steps):
            self.optimizer.zero_grad(set_to_none=True)
            self.step(self.model, self.image, self.text, self.labels)
            self.optimizer.step()
        return time.perf_counter() - start


def main():
    cases = {}
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        key = (request["method"], request["batch"], request["embed"])
        case = cases.setdefault(key, None) or Case(request)
        cases[key] = case
        print(json.dumps({"seconds": case.run(request["steps"])}), flush=True)


if __name__ == "__main__":
    main()
