"""Gradient surgery on top of autograd, from the papers' equations, on the formed gradients."""

import torch
import torch.nn.functional as F

from combination import LOSSES, gramian, jacobian, shared_names, spread, weighted
from streams import coordinate_uniform


def unimodal_losses(p, values, gradients, options, scene):
    """Weights of its own for the unimodal losses (the baseline of Wang et al., CVPR 2020)."""
    weight = options.get("weight", 1)
    return weighted(p, gradients, [1, weight, weight]), {}


def _min_norm(G):
    """Frank-Wolfe with exact line search, run long (Sener and Koltun, NeurIPS 2018, Algorithm 2)."""
    w = torch.full((3,), 1 / 3, dtype=torch.float64)
    for _ in range(100_000):
        slopes = G @ w
        away = F.one_hot(slopes.argmin(), 3).double() - w
        curvature = away @ G @ away
        if curvature <= 0:
            break
        w = w + (-(away @ slopes) / curvature).clamp(0, 1) * away
    return w


def mgda(p, values, gradients, options, scene):
    """The shortest convex combination (Sener and Koltun, NeurIPS 2018)."""
    w = _min_norm(gramian(p, gradients))
    return weighted(p, gradients, w), {"weight.task": w[0], "weight.image": w[1]}


def imtl_g(p, values, gradients, options, scene):
    """Equal projections onto all gradients (Liu et al., ICLR 2021, IMTL-G)."""
    G = gramian(p, gradients)
    v = torch.linalg.solve(G, G.diagonal().sqrt())
    return weighted(p, gradients, v / v.sum()), {}


def _fair(G, alpha):
    """(G w)^alpha w = 1 by Newton's method on the logarithms of w; scaled to sum to 3."""
    logs = -0.5 * G.diagonal().log()
    for _ in range(200):
        w = logs.exp()
        powered = w ** (1 / alpha)
        residual = powered * (G @ w) - 1
        slopes = torch.diag(powered * (G @ w) / alpha) + powered[:, None] * G * w[None, :]
        logs = logs - 0.5 * torch.linalg.solve(slopes, residual)
    w = logs.exp()
    return 3 * w / w.sum()


def nash_mtl(p, values, gradients, options, scene):
    """The Nash bargain, G w = 1 / w (Navon et al., ICML 2022)."""
    return weighted(p, gradients, _fair(gramian(p, gradients), 1)), {}


def fairgrad(p, values, gradients, options, scene):
    """Alpha-fair improvement, G w = w^(-1 / alpha) (Ban and Ji, ICML 2024)."""
    w = _fair(gramian(p, gradients), options.get("alpha", 1))
    return weighted(p, gradients, w), {"weight.task": w[0], "weight.image": w[1]}


def aligned_mtl(p, values, gradients, options, scene):
    """Rows of the nearest matrix of condition 1, at its smallest scale (Senushkin et al., CVPR 2023)."""
    sizes, directions = torch.linalg.eigh(gramian(p, gradients))
    # Directions that no gradient has are left out: the paper's sums go to the rank.
    there = sizes > 1e-12 * sizes[-1]
    sizes, directions = sizes[there], directions[:, there]
    inverse_root = directions @ torch.diag(sizes.rsqrt()) @ directions.T
    return weighted(p, gradients, inverse_root.sum(1) * sizes[0].sqrt()), {}


def _one_by_one(rows, coins, correct):
    """Each gradient meets the other two, the first one first where its coin says so."""
    total = torch.zeros_like(rows[0])
    for i, coin in enumerate(coins):
        others = [j for j in range(3) if j != i]
        g = rows[i]
        for j in others if coin > 0.5 else others[::-1]:
            g = correct(g, i, j)
        total = total + g
    return total


def pcgrad(p, values, gradients, options, scene):
    """Conflicting gradients are projected off each other (Yu et al., NeurIPS 2020, Algorithm 1)."""
    rows = jacobian(p, gradients)

    def correct(g, i, j):
        inner = g @ rows[j]
        return g - inner / (rows[j] @ rows[j]) * rows[j] if inner < 0 else g

    return spread(p, gradients, _one_by_one(rows, scene["noise"]["pcgrad"], correct)), {}


def gradvac(p, values, gradients, options, scene):
    """Gradients are turned to their usual cosine (Wang et al., ICLR 2021, Algorithm 1)."""
    beta = options.get("beta", 0.01)
    rows = jacobian(p, gradients)
    units = rows / rows.norm(dim=1, keepdim=True)
    targets = scene["state"].get("gradvac", torch.zeros(3, 3, dtype=torch.float64))

    def correct(g, i, j):
        target = targets[i, j]
        cosine = g @ units[j] / g.norm()
        if cosine >= target:
            return g
        sine, wanted = (1 - cosine**2).sqrt(), (1 - target**2).sqrt()
        factor = g.norm() * (target * sine - cosine * wanted) / (rows[j].norm() * wanted)
        return g + factor * rows[j]

    total = _one_by_one(rows, scene["noise"]["gradvac"], correct)
    scene["state"]["gradvac"] = (1 - beta) * targets + beta * units @ units.T
    return spread(p, gradients, total), {}


def cagrad(p, values, gradients, options, scene):
    """The dual by quasi-Newton steps on a softmax's logits (Liu et al., NeurIPS 2021, Algorithm 1)."""
    rows = jacobian(p, gradients).detach()
    mean = rows.mean(0)
    radius = options.get("c", 0.4) * mean.norm()
    logits = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [logits], max_iter=2000, tolerance_grad=1e-14, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def dual():
        optimizer.zero_grad()
        g = logits.softmax(0) @ rows
        value = (g @ mean + radius * g.norm()) / (mean @ mean)
        value.backward()
        return value

    optimizer.step(dual)
    g = logits.detach().softmax(0) @ rows
    return spread(p, gradients, mean + radius / g.norm() * g), {}


def _onto_dual_cone(g, rows):
    """Projection of g onto the vectors that no row opposes, by Dykstra's alternating projections."""
    corrections = torch.zeros_like(rows)
    for _ in range(20_000):
        for j, row in enumerate(rows):
            lifted = g + corrections[j]
            g = lifted - (lifted @ row).clamp(max=0) / (row @ row) * row
            corrections[j] = lifted - g
    return g


def upgrad(p, values, gradients, options, scene):
    """Mean of the projections onto the dual cone (Quinton and Rey, 2024)."""
    rows = jacobian(p, gradients).detach()
    projected = [_onto_dual_cone(row, rows) for row in rows]
    return spread(p, gradients, sum(projected) / 3), {}


def dualproj(p, values, gradients, options, scene):
    """Projection of the mean onto the dual cone (Lopez-Paz and Ranzato, NeurIPS 2017)."""
    rows = jacobian(p, gradients).detach()
    return spread(p, gradients, _onto_dual_cone(rows.mean(0), rows)), {}


def graddrop(p, values, gradients, options, scene):
    """One sign passes in each coordinate, drawn by purity (Chen et al., NeurIPS 2020, equations 1 to 4)."""
    combined = weighted(p, gradients, [1, 1, 1])
    for n in shared_names(p):
        each = torch.stack([gradients[loss][n] for loss in LOSSES])
        purity = (1 + each.sum(0) / each.abs().sum(0).clamp(min=1e-30)) / 2
        drawn = coordinate_uniform(list(p[n].shape), n, scene["noise"]["graddrop"])
        passing = torch.where(purity > drawn, each > 0, each < 0)
        combined[n] = (each * passing).sum(0)
    return combined, {}


def gradnorm(p, values, gradients, options, scene):
    """Weights follow the gradient of the L1 loss between norms and their targets (Chen et al., ICML 2018)."""
    alpha, rate = options.get("alpha", 1.5), options.get("rate", 0.025)
    state = scene["state"]
    now = torch.stack([values[loss] for loss in ("task", "image", "text")]).detach()
    start = state.setdefault("start", now)
    w = state.get("weights", torch.ones(3, dtype=torch.float64)).requires_grad_()
    scaled = w * jacobian(p, gradients).norm(dim=1).detach()
    pace = now / start
    target = (scaled.mean() * (pace / pace.mean()) ** alpha).detach()
    (slopes,) = torch.autograd.grad((scaled - target).abs().sum(), w)
    moved = (w - rate * slopes).detach()
    state["weights"] = 3 * moved / moved.sum()
    w = w.detach()
    return weighted(p, gradients, w), {"weight.task": w[0], "weight.image": w[1]}


def dynamic_weight_average(p, values, gradients, options, scene):
    """A loss that fell less in the last epoch weighs more (Liu et al., CVPR 2019, equation 7)."""
    state, epoch = scene["state"], scene["epoch"]
    means = [torch.stack(steps).mean(0) for at, steps in sorted(state.items()) if at < epoch]
    now = torch.stack([values[loss] for loss in ("task", "image", "text")]).detach()
    state.setdefault(epoch, []).append(now)
    w = torch.ones(3, dtype=torch.float64)
    if len(means) > 1:
        w = 3 * (means[-1] / means[-2] / options.get("temperature", 2)).softmax(0)
    return weighted(p, gradients, w), {"weight.task": w[0], "weight.image": w[1]}


def uncertainty_weighting(p, values, gradients, options, scene):
    """Log-variances descend on exp(-s) L + s / 2 (Kendall et al., CVPR 2018)."""
    state = scene["state"]
    s = state.get("s", torch.zeros(3, dtype=torch.float64)).requires_grad_()
    now = torch.stack([values[loss] for loss in ("task", "image", "text")]).detach()
    (slopes,) = torch.autograd.grad(((-s).exp() * now + s / 2).sum(), s)
    state["s"] = (s - options.get("rate", 0.025) * slopes).detach()
    w = (-s).exp().detach()
    return weighted(p, gradients, w), {"weight.task": w[0], "weight.image": w[1]}


def random_weighting(p, values, gradients, options, scene):
    """Weights by a softmax of normal noise (Lin et al., TMLR 2022)."""
    noise = scene["noise"]
    radius = (-2 * noise["random-weighting.radius"].log()).sqrt()
    w = 3 * (radius * (2 * torch.pi * noise["random-weighting.angle"]).cos()).softmax(0)
    return weighted(p, gradients, w), {"weight.task": w[0], "weight.image": w[1]}


SURGERY = {
    "unimodal-losses": unimodal_losses,
    "mgda": mgda,
    "imtl-g": imtl_g,
    "nash-mtl": nash_mtl,
    "fairgrad": fairgrad,
    "aligned-mtl": aligned_mtl,
    "pcgrad": pcgrad,
    "gradvac": gradvac,
    "cagrad": cagrad,
    "upgrad": upgrad,
    "dualproj": dualproj,
    "graddrop": graddrop,
    "gradnorm": gradnorm,
    "dynamic-weight-average": dynamic_weight_average,
    "uncertainty-weighting": uncertainty_weighting,
    "random-weighting": random_weighting,
}
