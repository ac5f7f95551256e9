"""The cases of the golden files: a method, a model and where in the training the steps are."""

SINGLE, MULTI = "single-label", "multi-label"
CLASSES, BATCH, TOKENS = 5, 6, 4
LEARNING_RATES = [0.01, 0.02, 0.005]
SMALL = {
    "image": {"type": "convolutional", "side": 8, "channels": [4, 8]},
    "text": {"type": "bag", "buckets": 20, "width": 6},
    "embed": 8,
    "dropout": 0,
}
FEATURES = {
    "image": {"type": "features", "size": 7},
    "text": {"type": "features", "size": 9},
    "embed": 6,
    "dropout": 0,
}

# Of finished epochs: scores and right decisions of the validation split in percent, losses, and the
# training's.
FIGURES = [
    {
        **{"image": image, "text": text, "imageRight": image + 7, "textRight": text + 2},
        **{"loss": 2 - 0.1 * at, "imageLoss": 2.2 - 0.03 * at**2, "textLoss": 1.9 - 0.01 * at},
        **{
            "train.loss.task": 1.9 - 0.22 * at,
            "train.loss.image": 2.1 - 0.08 * at,
            "train.loss.text": 1.7 - 0.25 * at,
        },
        **{"train.accuracy.image": image / 100 + 0.02, "train.accuracy.text": text / 100 + 0.04 * at},
        "train.trace": trace,
    }
    for at, (image, text, trace) in enumerate(
        [(31, 40, 4), (35, 52, 5), (34, 55, 3), (41, 61, 6), (45, 60, 9), (44, 66, 9), (49, 65, 9)]
    )
]


def case(
    method,
    options,
    task,
    fusion,
    seed,
    model=SMALL,
    clip=0,
    epsilon=1e-8,
    lift=1.0,
    noise={},
    epoch=0,
    teacher=False,
    **progress,
):
    """Settings of one golden file; `progress`: `epochOfStep` where the steps are in several epochs, and `history`."""
    return {
        "seed": seed,
        "lift": lift,
        "teacher": teacher,
        "noise": noise,
        "progress": {"epoch": epoch, "epochs": 10, **progress},
        "model": {**model, "fusion": fusion},
        "task": {"task": task, "classes": CLASSES},
        "method": {"name": method, "options": options},
        "optimizer": {"beta1": 0.9, "beta2": 0.999, "epsilon": epsilon, "weightDecay": 0.1},
        "clipNorm": clip,
        "priorLoss": 2.0 if task == SINGLE else 4.0,
        "learningRates": LEARNING_RATES,
    }


def rival(method, task, fusion, seed, options={}, also="", **more):
    """Name and settings of another method's case; `also` names a second one."""
    settings = {"model": FEATURES, "lift": 2.0, **more}
    return f"rival-{method}{also}", case(method, options, task, fusion, seed, **settings)


# The attention's key bias has no influence on the output (a softmax does not see a shift), so its
# gradient is rounding noise; with AdamW's usual epsilon that noise would be scaled to full steps.
NOISE_EPSILON = 1e-4

CASES = {
    "joint-single-concat": case("joint", {}, SINGLE, "concat", 11),
    "joint-multi-attention": case(
        "joint", {}, MULTI, "attention", 2, clip=0.5, epsilon=NOISE_EPSILON
    ),
    "balgrad-single-concat": case("balgrad", {}, SINGLE, "concat", 3),
    "balgrad-conflict": case("balgrad", {}, SINGLE, "concat", 4, lift=3.0),
    "balgrad-multi-add-progress": case(
        "balgrad", {"status": "progress"}, MULTI, "add", 15, lift=0.3
    ),
    "balgrad-attention-norms-clipped": case(
        "balgrad",
        {"status": "gradient-norm", "lambda": 2},
        SINGLE,
        "attention",
        27,
        clip=0.7,
        epsilon=NOISE_EPSILON,
        lift=2.0,
    ),
    "balgrad-features-uniform": case(
        "balgrad", {"status": "uniform", "lambda": 0.5}, MULTI, "concat", 7, model=FEATURES
    ),
    "balgrad-no-reweighting": case(
        "balgrad", {"reweighting": False}, SINGLE, "add", 34, model=FEATURES, lift=3.0
    ),
    "balgrad-no-projection": case(
        "balgrad", {"projection": False}, SINGLE, "add", 34, model=FEATURES, lift=3.0
    ),
    "balgrad-neither": case(
        "balgrad",
        {"reweighting": False, "projection": False, "status": "progress"},
        MULTI,
        "attention",
        8,
        model=FEATURES,
        epsilon=NOISE_EPSILON,
        lift=3.0,
    ),
    "balgrad-plus-drop": case(
        "balgrad-plus",
        {"drop": 0.3, "unimodal": 0.5},
        SINGLE,
        "concat",
        77,
        model=FEATURES,
        noise={"modality-dropout": [BATCH]},
    ),
    "balgrad-plus-defaults": case(
        "balgrad-plus", {}, SINGLE, "concat", 78, model={**FEATURES, "blank": "head"}, lift=2.0
    ),
    "robust-single": case(
        "robust", {}, SINGLE, "concat", 91, model={**FEATURES, "blank": "head"}, lift=0.3
    ),
    "robust-multi": case("robust", {"lambda": 2}, MULTI, "add", 92, model=FEATURES, lift=0.3),
    "balgrad-multi-concat": case("balgrad", {}, MULTI, "concat", 79, model=FEATURES, lift=2.0),
    "image-only": case(
        "image-only", {}, SINGLE, "concat", 80, model={**FEATURES, "modalities": "image"}
    ),
    "text-only": case(
        "text-only", {}, MULTI, "add", 81, model={**FEATURES, "modalities": "text"}
    ),
    **dict(
        (
            rival("unimodal-losses", MULTI, "concat", 41),
            rival("mgda", SINGLE, "concat", 42),
            rival("imtl-g", SINGLE, "add", 43),
            rival("nash-mtl", SINGLE, "concat", 44),
            rival("mmpareto", MULTI, "add", 45),
            rival("agm", SINGLE, "concat", 46),
            rival("ogm", SINGLE, "concat", 47),
            rival("aligned-mtl", SINGLE, "concat", 48),
            rival("cml", SINGLE, "concat", 49),
            rival("modality-valuation", SINGLE, "add", 50),
            rival("mbsd", SINGLE, "concat", 51),
            rival("lfm", SINGLE, "add", 52),
            rival("pcgrad", SINGLE, "concat", 53, noise={"pcgrad": [3]}),
            rival("gradvac", SINGLE, "add", 54, {"beta": 0.5}, noise={"gradvac": [3]}),
            rival("cagrad", SINGLE, "concat", 55),
            rival("upgrad", MULTI, "concat", 56),
            rival("dualproj", SINGLE, "add", 57),
            rival("fairgrad", SINGLE, "concat", 58, {"alpha": 2}),
            rival("gradnorm", MULTI, "add", 59),
            # Three epochs of one step: the third has two to compare.
            rival("dynamic-weight-average", SINGLE, "concat", 103, epochOfStep=[0, 1, 2]),
            rival("uncertainty-weighting", SINGLE, "concat", 60),
            rival(
                *("random-weighting", SINGLE, "concat", 61),
                noise={"random-weighting.radius": [3], "random-weighting.angle": [3]},
            ),
            rival("cggm", SINGLE, "concat", 62),
            rival("info-reg", SINGLE, "add", 63),
            rival("mla", SINGLE, "add", 64),
            rival("greedy", SINGLE, "concat", 65, {"window": 1}, epoch=2),
            rival("late-fusion", MULTI, "concat", 66),
            rival(
                *("modality-dropout", MULTI, "concat", 67, {"image": 0.4, "text": 0.4}),
                noise={"modality-dropout": [BATCH]},
            ),
            rival("opm", SINGLE, "add", 68, {"base": 0.6}, noise={"opm": [BATCH]}),
            rival("amco", SINGLE, "concat", 69, noise={"amco": [FEATURES["embed"]]}, epoch=1),
            rival("recon-boost", SINGLE, "concat", 70, epoch=2),
            rival("pmr", SINGLE, "add", 71),
            rival("mmcosine", MULTI, "cosine", 76),
            rival(
                *("mslr", SINGLE, "concat", 104, {"image": 2, "text": 0.5}),
                **{"epochOfStep": [4, 5, 6], "history": FIGURES},
            ),
            rival(
                *("gradient-blending", SINGLE, "concat", 105, {"superEpoch": 3}),
                **{"epochOfStep": [5, 6, 7], "history": FIGURES},
            ),
            rival(
                *("relearning", SINGLE, "concat", 106, {"every": 4, "times": 1}),
                **{"epochOfStep": [3, 4, 5], "history": FIGURES},
            ),
            rival("ogm-ge", SINGLE, "concat", 107, noise={"ogm": [1]}),
            rival("graddrop", SINGLE, "concat", 108, noise={"graddrop": [1]}),
            # A loss without a gradient over the shared parameters: the rank is 2.
            rival(
                *("aligned-mtl", SINGLE, "concat", 110),
                **{"also": "-rank", "model": {**FEATURES, "modalities": "image"}},
            ),
            # The window opens with the second epoch, which has an anchor of its own.
            rival(
                *("info-reg", SINGLE, "concat", 109, {"window": 2}),
                **{"also": "-window", "epochOfStep": [3, 4, 4], "history": FIGURES},
            ),
            # With several labels a sample, where the first case has one.
            rival("ogm", MULTI, "add", 90, also="-multi"),
            rival("agm", MULTI, "add", 91, also="-multi"),
            rival("opm", MULTI, "concat", 92, {"base": 0.6}, also="-multi", noise={"opm": [BATCH]}),
            rival("info-reg", MULTI, "concat", 93, also="-multi"),
            rival(
                *("relearning", MULTI, "add", 111, {"every": 4, "times": 1}),
                **{"also": "-multi", "epochOfStep": [3, 4, 5], "history": FIGURES},
            ),
            rival("cml", MULTI, "add", 94, also="-multi"),
            rival("cggm", MULTI, "add", 95, also="-multi"),
            rival("mbsd", MULTI, "add", 96, also="-multi"),
            rival(
                *("amco", MULTI, "add", 97),
                **{"also": "-multi", "noise": {"amco": [FEATURES["embed"]]}, "epoch": 1},
            ),
            rival("modality-valuation", MULTI, "concat", 98, also="-multi"),
            rival("mla", MULTI, "add", 99, also="-multi"),
            rival("lfm", MULTI, "concat", 100, {"initial": 0.5}, also="-multi"),
            rival("umt", SINGLE, "concat", 101, clip=0.5, teacher=True),
            rival("umt", MULTI, "add", 102, also="-multi", teacher=True),
            rival("mnl", SINGLE, "concat", 112),
            rival("mnl", MULTI, "add", 113, {"weight": 2}, also="-multi"),
            rival("tcmax", SINGLE, "concat", 114),
            rival("tcmax", SINGLE, "cosine", 115, also="-cosine"),
            rival("dgl", SINGLE, "concat", 116, clip=0.5),
            rival("simmlm", SINGLE, "mixture", 118),
            rival("simmlm", MULTI, "mixture", 119, {"lambda": 3}, also="-multi", model=SMALL),
            rival("dpl", SINGLE, "prototypes", 120),
            rival("dpl", MULTI, "prototypes", 121, {"missing": 0.5}, also="-multi"),
            rival("udml", SINGLE, "quality", 122, noise={"udml": [BATCH, 5]}, epoch=5),
            # Without noise in the first step, with it in the others.
            rival(
                *("udml", MULTI, "quality", 131, {"gamma": 1, "noise": 1}),
                **{"also": "-multi", "model": SMALL, "noise": {"udml": [BATCH, 5]}},
                epochOfStep=[4, 5, 6],
            ),
            rival("dgl", MULTI, "attention", 117, {"alpha": 1}, also="-multi", epsilon=NOISE_EPSILON),
        )
    ),
}
