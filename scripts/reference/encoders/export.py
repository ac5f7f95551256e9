"""Writes the encoders under test/encoders/exports: ONNX files by torch.onnx.export, and golden gradients.

    /usr/bin/python3 scripts/reference/encoders/export.py test/encoders/exports

Debian 12's python3-torch 1.13, python3-torchvision 0.14, python3-onnx 1.12. With the same versions the
files come out the same, byte by byte.
"""

import sys
import warnings
from pathlib import Path

import torch

import blip_transformers as blip
import clip_transformers as clip
import convolutional_networks as convolutional
import text_transformers as text
import vision_transformers as vision
from goldens import Golden, fused, randomise
from quantized import write_variants
from tokenizers import write_byte_pairs, write_json, write_word_piece

BATCH, SIDE, TOKENS = 3, vision.SIDE, 9
LONGEST = 24
LENGTHS = (9, 4, 2)
NEWER = 17


def pixels():
    return {"pixel_values": torch.randn(BATCH, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))}


def padding_mask():
    return (torch.arange(TOKENS)[None, :] < torch.tensor(LENGTHS)[:, None]).long()


def token_ids(vocabulary, first, start, end, padding):
    """[batch, tokens]: start token, tokens from `first` on, end token, padding."""
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(first, vocabulary, (BATCH, TOKENS), generator=generator)
    ids[:, 0] = start
    for row, length in enumerate(LENGTHS):
        ids[row, length - 1] = end
        ids[row, length:] = padding
    return ids


def export(model, inputs, outputs, path, opset, keep_norms=False):
    """`keep_norms`: batch normalisations stay nodes of their own."""
    axes = {}
    for name in inputs:
        axes[name] = {0: "batch_size"}
        if name != "pixel_values":
            axes[name][1] = "sequence_length"
    for name in outputs:
        axes[name] = {0: "batch_size"}
        if name == "last_hidden_state" and "pixel_values" not in inputs:
            axes[name][1] = "sequence_length"
    mode = torch.onnx.TrainingMode.PRESERVE if keep_norms else torch.onnx.TrainingMode.EVAL
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model,
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=opset,
        training=mode,
        do_constant_folding=not keep_norms,
    )


def write_pair(folder, model, inputs, outputs, scalar, seed, opset, name="model", mask=None, keep_norms=False):
    """One model in two opsets, with one golden file."""
    randomise(model, seed)
    model.eval()
    golden = Golden(model if keep_norms else fused(model), inputs, outputs, scalar, mask)
    files = {f"onnx/{name}.onnx": opset, f"opset{NEWER}/{name}.onnx": NEWER}
    for label, version in files.items():
        export(model, inputs, outputs, folder / label, version, keep_norms)
        golden.add(label, folder / label)
    golden.write(folder / f"golden-{name}.safetensors")


def write_processor(folder, kind, mean, deviation, resample=2, **sizes):
    write_json(
        folder / "preprocessor_config.json",
        {
            "image_processor_type": kind, "feature_extractor_type": kind,
            "do_resize": True, "do_rescale": True, "do_normalize": True,
            "image_mean": mean, "image_std": deviation, "resample": resample, "rescale_factor": 1 / 255,
            **sizes,
        },
    )


HALF = [0.5, 0.5, 0.5]
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CLIP = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
TRANSFORMER = {"hidden_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 32}


def write_vision_transformers(root):
    folder = root / "vit"
    write_json(
        folder / "config.json",
        {
            "architectures": ["ViTModel"], "model_type": "vit", "hidden_act": "gelu", "image_size": SIDE,
            "layer_norm_eps": 1e-12, "num_channels": 3, "patch_size": 8, "qkv_bias": True, **TRANSFORMER,
        },
    )
    write_processor(folder, "ViTImageProcessor", HALF, HALF, size={"height": SIDE, "width": SIDE})
    states = ["last_hidden_state"]
    write_pair(folder, vision.VitClassifierBody(), pixels(), states, states[0], 11, 11)
    write_pair(
        root / "torchvision-vit", convolutional.VisionTransformerFeatures(), pixels(),
        ["pooler_output"], "pooler_output", 12, 13,
    )
    folder = root / "blip-vision"
    write_json(
        folder / "config.json",
        {
            "architectures": ["BlipVisionModel"], "model_type": "blip_vision_model", "image_size": SIDE,
            "patch_size": 8, **TRANSFORMER,
        },
    )
    write_processor(folder, "CLIPImageProcessor", *CLIP, resample=3, size={"height": SIDE, "width": SIDE})
    write_pair(
        folder, blip.BlipVision(), pixels(), ["last_hidden_state", "pooler_output"], "pooler_output", 13, 11
    )


def write_bert_family(root):
    mask = padding_mask()

    def ids(vocabulary):
        return token_ids(vocabulary, 5, 2, 3, 0)

    folder = root / "bert"
    size = write_word_piece(folder, LONGEST, "BertTokenizer")
    config = {"vocab_size": size, "pad_token_id": 0, "max_position_embeddings": LONGEST}
    write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu",
            "layer_norm_eps": 1e-12, "type_vocab_size": 2, **config, **TRANSFORMER,
        },
    )
    types = torch.zeros_like(mask)
    types[0, 5:] = 1
    inputs = {"input_ids": ids(size), "attention_mask": mask, "token_type_ids": types}
    write_pair(
        folder, text.Bert(size), inputs, ["last_hidden_state", "pooler_output"], "pooler_output", 21, 11
    )
    folder = root / "distilbert"
    write_word_piece(folder, LONGEST, "DistilBertTokenizer")
    write_json(
        folder / "config.json",
        {
            "architectures": ["DistilBertModel"], "model_type": "distilbert", "activation": "gelu", **config,
            "dim": 16, "hidden_dim": 32, "n_heads": 2, "n_layers": 2,
        },
    )
    inputs = {"input_ids": ids(size), "attention_mask": mask}
    states = ["last_hidden_state"]
    write_pair(folder, text.DistilBert(size), inputs, states, states[0], 22, 11, mask=mask)
    inputs = {"input_ids": token_ids(60, 4, 0, 2, 1), "attention_mask": mask}
    write_pair(root / "roberta", text.Roberta(60), inputs, states, states[0], 23, 11, mask=mask)


def write_clip(root):
    folder = root / "clip"
    size = write_byte_pairs(folder, LONGEST)
    tower = {**TRANSFORMER, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "projection_dim": 12}
    write_json(
        folder / "config.json",
        {
            "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": 12,
            "text_config": {
                "model_type": "clip_text_model", "vocab_size": size, "max_position_embeddings": LONGEST,
                "bos_token_id": size - 2, "eos_token_id": size - 1, "pad_token_id": size - 1, **tower,
            },
            "vision_config": {
                "model_type": "clip_vision_model", "image_size": SIDE, "patch_size": 8, **tower,
            },
        },
    )
    write_processor(
        folder, "CLIPFeatureExtractor", *CLIP, resample=3,
        do_center_crop=True, crop_size=SIDE, size=SIDE, do_convert_rgb=True,
    )
    ids = {"input_ids": token_ids(size - 2, 0, size - 2, size - 1, size - 1)}
    outputs = ["text_embeds", "last_hidden_state"]
    write_pair(folder, text.ClipText(size), ids, outputs, outputs[0], 31, 14, "text_model")
    outputs = ["image_embeds", "last_hidden_state"]
    write_pair(folder, clip.ClipVision(), pixels(), outputs, outputs[0], 32, 11, "vision_model")


NETWORKS = {
    "resnet": convolutional.Residual,
    "mobilenet-v2": convolutional.mobilenet_v2,
    "mobilenet-v3": convolutional.mobilenet_v3,
    "efficientnet": convolutional.efficientnet,
    "squeezenet": convolutional.squeezenet,
}


def write_networks(root):
    folder = root / "resnet"
    write_json(
        folder / "config.json",
        {
            "architectures": ["ResNetModel"], "model_type": "resnet", "layer_type": "basic",
            "embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "num_channels": 3,
        },
    )
    write_processor(
        folder, "ConvNextImageProcessor", *IMAGENET, resample=3, crop_pct=0.875, size={"shortest_edge": SIDE}
    )
    outputs = ["last_hidden_state", "pooler_output"]
    for seed, (name, build) in enumerate(NETWORKS.items(), start=41):
        write_pair(root / name, build(), pixels(), outputs, "pooler_output", seed, 11)
    for name in ("resnet", "mobilenet-v2"):
        write_pair(
            root / f"{name}-unfused", NETWORKS[name](), pixels(), outputs, "pooler_output", 51, 13,
            keep_norms=True,
        )


def main():
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    root = Path(sys.argv[1])
    write_vision_transformers(root)
    write_bert_family(root)
    write_clip(root)
    write_networks(root)
    write_variants(root)


if __name__ == "__main__":
    main()
