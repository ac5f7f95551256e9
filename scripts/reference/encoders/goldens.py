"""Golden files: inputs, outputs and the gradient of a fixed scalar for every initializer of an ONNX file.

Exporters rename, transpose and fuse weights, so initializers are matched with the model's tensors by value.
"""

import copy
import json
import struct

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

DTYPES = {"float32": "F32", "int64": "I64"}


def write_safetensors(path, tensors, metadata):
    """8 bytes header length, JSON header, data; 8-byte elements first so that all stay aligned."""
    ordered = sorted(tensors.items(), key=lambda item: -item[1].itemsize)
    header, offset = {"__metadata__": metadata}, 0
    for name, value in ordered:
        end = offset + value.nbytes
        header[name] = {
            "dtype": DTYPES[str(value.dtype)],
            "shape": list(value.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, value in ordered:
            file.write(np.ascontiguousarray(value).tobytes())


def randomise(model, seed):
    """Draws every parameter and running statistic, so that no two tensors are alike."""
    generator = torch.Generator().manual_seed(seed)

    def normal(tensor, mean, deviation):
        tensor.copy_(mean + deviation * torch.randn(tensor.shape, generator=generator))

    with torch.no_grad():
        for module in model.modules():
            for name, tensor in module.named_parameters(recurse=False):
                if isinstance(module, (nn.LayerNorm, nn.BatchNorm2d)):
                    normal(tensor, 1.0 if name == "weight" else 0.0, 0.1)
                elif tensor.dim() > 1 and not isinstance(module, nn.Embedding):
                    normal(tensor, 0.0, (tensor[0].numel() or 1) ** -0.5)
                else:
                    normal(tensor, 0.0, 0.2)
            if isinstance(module, nn.BatchNorm2d):
                normal(module.running_mean, 0.0, 0.1)
                module.running_var.uniform_(0.5, 1.5, generator=generator)


def fused(model):
    """The model with every batch normalisation folded into the convolution before it."""
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        children = list(module.named_children())
        for (_, first), (name, second) in zip(children, children[1:]):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                folded = fuse_conv_bn_eval(first, second)
                first.weight, first.bias = folded.weight, folded.bias
                setattr(module, name, nn.Identity())
    return model


class PlainBatchNorm(nn.Module):
    """Batch normalisation by its formula: its running statistics have gradients too."""

    def __init__(self, norm):
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps
        self.running_mean = nn.Parameter(norm.running_mean)
        self.running_var = nn.Parameter(norm.running_var)

    def forward(self, x):
        mean, var, scale, bias = (
            value[None, :, None, None]
            for value in (self.running_mean, self.running_var, self.weight, self.bias)
        )
        return (x - mean) / torch.sqrt(var + self.eps) * scale + bias


def with_plain_norms(model):
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, PlainBatchNorm(child))
    return model


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


class Golden:
    """Outputs and gradients of one model in double precision, kept in single."""

    def __init__(self, model, inputs, output_names, scalar_output, mask=None, seed=7):
        """`mask` [batch, tokens]: weights of the scalar are 0 where it is."""
        self.model = with_plain_norms(model).double()
        for module in self.model.modules():
            if isinstance(module, nn.Embedding):
                # A graph's Gather has a gradient for the padding's row, PyTorch's layer has none.
                module.padding_idx = None
        doubles = {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}
        outputs = dict(zip(output_names, as_tuple(self.model(**doubles))))
        generator = torch.Generator().manual_seed(seed)
        weights = torch.randn(outputs[scalar_output].shape, generator=generator)
        if mask is not None:
            weights = weights * mask[..., None]
        (outputs[scalar_output] * weights.double()).sum().backward()
        self.scalar_output = scalar_output
        self.tensors = {f"input.{k}": v.numpy() for k, v in inputs.items()}
        self.tensors |= {f"output.{k}": single(v) for k, v in outputs.items()}
        self.tensors["weights"] = weights.numpy()
        self.files = {}

    def add(self, label, path):
        """Finds the gradient of every floating-point initializer of the file."""
        self.files[label] = {
            name: self.gradient(name, numpy_helper.to_array(tensor))
            for tensor in onnx.load(path).graph.initializer
            for name in [tensor.name]
            if tensor.data_type == onnx.TensorProto.FLOAT
        }

    def gradient(self, name, value):
        """Key of the gradient in the initializer's own layout."""
        found = []
        for key, parameter in self.model.named_parameters():
            if parameter.numel() != value.size:
                continue
            gradient = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
            for suffix, turn in (("", lambda x: x), (".transposed", torch.t)):
                if suffix and parameter.dim() != 2:
                    continue
                if np.allclose(single(turn(parameter)).ravel(), value.ravel(), 1e-4, 1e-6):
                    shape = "x".join(map(str, value.shape))
                    found.append((f"gradient.{key}{suffix}.{shape}", turn(gradient), parameter))
        if len({id(parameter) for _, _, parameter in found}) != 1:
            raise ValueError(f"{name} {value.shape}: matches {[key for key, _, _ in found]}")
        key, gradient, _ = found[0]
        self.tensors[key] = single(gradient).reshape(value.shape)
        return key

    def write(self, path):
        metadata = {
            "scalar": "sum(output * weights)",
            "scalar_output": self.scalar_output,
            "gradients": json.dumps(self.files, separators=(",", ":")),
        }
        write_safetensors(path, self.tensors, metadata)


def single(tensor):
    return tensor.detach().numpy().astype(np.float32)
