"""Quantized and external-data versions of exports, node for node as onnxruntime's tools write them."""

import copy

import numpy as np
import onnx
from onnx import TensorProto, helper

from editing import node, replace_initializers, replace_nodes, tensor, weights_of
from half_precision import half

MICROSOFT = "com.microsoft"


def import_microsoft(model):
    model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))


def quantize(value, axis=None, bits=8):
    """Symmetric signed integers; one scale in all, or one for each index of `axis`."""
    top = 2 ** (bits - 1) - 1
    axes = tuple(index for index in range(value.ndim) if index != axis)
    scale = np.abs(value).max(axis=axes, keepdims=True).astype(np.float32) / top
    integers = np.clip(np.round(value / scale), -top, top).astype(np.int8)
    return integers, scale.reshape(-1) if axis is not None else scale.reshape(())


def quantize_unsigned(value):
    """Unsigned integers with a zero point: (integers, scale, zero point)."""
    low, high = min(value.min(), 0.0), max(value.max(), 0.0)
    scale = np.float32((high - low) / 255)
    zero = np.uint8(np.round(-low / scale))
    return np.clip(np.round(value / scale) + zero, 0, 255).astype(np.uint8), scale, zero


def dynamic(model):
    """As onnxruntime's quantize_dynamic: products, convolutions and look-ups with constant weights."""
    model = copy.deepcopy(model)
    graph = model.graph
    weights, nodes, added, quantized = weights_of(graph), [], {}, {}

    def add(name, value):
        added[name] = tensor(name, value)
        return name

    def weight(name):
        integers, scale, zero = quantize_unsigned(weights[name])
        return (
            add(f"{name}_quantized", integers),
            add(f"{name}_scale", scale),
            add(f"{name}_zero_point", zero),
        )

    def activation(name):
        if name not in quantized:
            names = [f"{name}_{part}" for part in ("quantized", "scale", "zero_point")]
            nodes.append(node("DynamicQuantizeLinear", [name], names))
            quantized[name] = names
        return quantized[name]

    def integer_product(item, kind):
        (x, x_scale, x_zero), (w, w_scale, w_zero) = activation(item.input[0]), weight(item.input[1])
        out = item.output[0]
        integers, floats, scales = f"{out}_output_quantized", f"{out}_cast", f"{out}_scales_mul"
        product = node(kind, [x, w, x_zero, w_zero], [integers])
        product.attribute.extend(item.attribute)
        nodes.append(product)
        nodes.append(node("Cast", [integers], [floats], to=TensorProto.FLOAT))
        nodes.append(node("Mul", [x_scale, w_scale], [scales]))
        biased = len(item.input) > 2
        target = f"{out}_unbiased" if biased else out
        nodes.append(node("Mul", [floats, scales], [target]))
        if biased:
            bias = add(f"{item.input[2]}_reshaped", weights[item.input[2]].reshape(1, -1, 1, 1))
            nodes.append(node("Add", [target, bias], [out]))

    def is_table(name):
        return name in weights and weights[name].dtype == np.float32

    for item in graph.node:
        if item.op_type == "MatMul" and item.input[1] in weights:
            integer_product(item, "MatMulInteger")
        elif item.op_type == "Conv" and item.input[1] in weights:
            integer_product(item, "ConvInteger")
        elif item.op_type == "Gather" and is_table(item.input[0]):
            table, scale, zero = weight(item.input[0])
            rows = f"{item.output[0]}_quantized"
            look_up = node("Gather", [table, item.input[1]], [rows])
            look_up.attribute.extend(item.attribute)
            nodes.append(look_up)
            nodes.append(node("DequantizeLinear", [rows, scale, zero], [item.output[0]]))
        else:
            nodes.append(item)
    replace_nodes(graph, nodes)
    replace_initializers(graph, set(weights), added.values())
    return model


# The real tool measures activations; where only weights count, one range does for all.
ACTIVATION_SCALE = np.float32(8 / 127)


def static_qdq(model, axis_of):
    """As onnxruntime's quantize_static in QDQ format; `axis_of(node)`: channel axis of its weight, or None."""
    model = copy.deepcopy(model)
    graph = model.graph
    weights, nodes, added = weights_of(graph), [], {}
    added["activation_scale"] = tensor("activation_scale", ACTIVATION_SCALE)
    added["activation_zero_point"] = tensor("activation_zero_point", np.int8(0))
    pairs = {}

    def activation(name):
        if name not in pairs:
            parameters = ["activation_scale", "activation_zero_point"]
            integers, pairs[name] = f"{name}_QuantizeLinear_Output", f"{name}_DequantizeLinear_Output"
            nodes.append(node("QuantizeLinear", [name, *parameters], [integers]))
            nodes.append(node("DequantizeLinear", [integers, *parameters], [pairs[name]]))
        return pairs[name]

    def weight(name, axis):
        integers, scale = quantize(weights[name], axis)
        parts = {"quantized": integers, "scale": scale, "zero_point": np.zeros(scale.shape, np.int8)}
        return dequantized(name, parts, axis)

    def bias(name, weight_scale):
        scale = np.asarray(weight_scale * ACTIVATION_SCALE, np.float32)
        integers = np.round(weights[name] / scale).astype(np.int32)
        parts = {"quantized": integers, "scale": scale, "zero_point": np.zeros(scale.shape, np.int32)}
        return dequantized(name, parts, 0 if scale.ndim else None)

    def dequantized(name, parts, axis):
        for part, value in parts.items():
            added[f"{name}_{part}"] = tensor(f"{name}_{part}", value)
        attributes = {} if axis is None else {"axis": axis}
        out = f"{name}_DequantizeLinear_Output"
        nodes.append(node("DequantizeLinear", [f"{name}_{part}" for part in parts], [out], **attributes))
        return out

    for item in graph.node:
        if item.op_type in ("MatMul", "Gemm", "Conv") and item.input[1] in weights:
            axis = axis_of(item)
            inputs = [activation(item.input[0]), weight(item.input[1], axis)]
            if len(item.input) > 2:
                inputs.append(bias(item.input[2], quantize(weights[item.input[1]], axis)[1]))
            item.input[:] = inputs
        nodes.append(item)
    replace_nodes(graph, nodes)
    replace_initializers(graph, set(weights), added.values())
    return model


def operators(model):
    """As quantize_static's operator format: QLinearConv and its like, with layout operators between them."""
    model = copy.deepcopy(model)
    graph = model.graph
    weights, nodes, added = weights_of(graph), [], {}
    added["activation_scale"] = tensor("activation_scale", ACTIVATION_SCALE)
    added["activation_zero_point"] = tensor("activation_zero_point", np.uint8(128))
    parameters = list(added)
    integers = {}

    def quantized(name):
        if name not in integers:
            integers[name] = f"{name}_quantized"
            nodes.append(node("QuantizeLinear", [name, *parameters], [integers[name]]))
        return integers[name]

    def result(item):
        integers[item.output[0]] = f"{item.output[0]}_quantized"
        return [integers[item.output[0]]]

    def convolution(item):
        name, bias = item.input[1], item.input[2]
        value, scale = quantize(weights[name], 0)
        added[f"{name}_quantized"] = tensor(f"{name}_quantized", value)
        added[f"{name}_scale"] = tensor(f"{name}_scale", scale)
        added[f"{name}_zero_point"] = tensor(f"{name}_zero_point", np.zeros(scale.shape, np.int8))
        added[f"{bias}_quantized"] = tensor(
            f"{bias}_quantized", np.round(weights[bias] / (scale * ACTIVATION_SCALE)).astype(np.int32)
        )
        inputs = [
            quantized(item.input[0]), *parameters,
            f"{name}_quantized", f"{name}_scale", f"{name}_zero_point", *parameters, f"{bias}_quantized",
        ]
        return node("QLinearConv", inputs, result(item))

    for item in graph.node:
        if item.op_type == "Conv":
            new = convolution(item)
        elif item.op_type == "Add":
            inputs = [part for name in item.input for part in (quantized(name), *parameters)]
            new = node("QLinearAdd", [*inputs, *parameters], result(item), MICROSOFT)
        elif item.op_type == "GlobalAveragePool":
            inputs = [quantized(item.input[0]), *parameters, *parameters]
            new = node("QLinearGlobalAveragePool", inputs, result(item), MICROSOFT, channels_last=0)
        elif item.op_type == "MaxPool":
            new = node("MaxPool", [quantized(item.input[0])], result(item))
        elif item.op_type == "Relu":
            # Integers with a zero point have no Relu of their own.
            floats = f"{item.input[0]}_floats"
            nodes.append(node("DequantizeLinear", [integers[item.input[0]], *parameters], [floats]))
            new = node("Relu", [floats], list(item.output))
        else:
            raise ValueError(item.op_type)
        if item.op_type != "GlobalAveragePool":
            new.attribute.extend(item.attribute)
        nodes.append(new)
    written = {name for item in nodes for name in item.output}
    for value in graph.output:
        if value.name not in written:
            nodes.append(node("DequantizeLinear", [integers[value.name], *parameters], [value.name]))
    replace_nodes(graph, nodes)
    replace_initializers(graph, set(weights), added.values())
    import_microsoft(model)
    return model


def pack_blocks(value, size):
    """[in, out] -> (packed [out, blocks, size / 2], scales [out * blocks]): 4 bits around 8."""
    blocks = value.T.reshape(value.shape[1], -1, size)
    scales = np.abs(blocks).max(-1).astype(np.float32) / 7
    integers = np.clip(np.round(blocks / scales[..., None]) + 8, 0, 15).astype(np.uint8)
    return integers[..., 0::2] | (integers[..., 1::2] << 4), scales.reshape(-1)


def four_bits(model, size=16):
    """As onnxruntime's MatMulNBits quantizer: 4-bit weights in blocks."""
    model = copy.deepcopy(model)
    graph = model.graph
    weights, added = weights_of(graph), []
    nodes = []
    for item in graph.node:
        if item.op_type == "MatMul" and item.input[1] in weights:
            name = item.input[1]
            packed, scales = pack_blocks(weights[name], size)
            added += [tensor(f"{name}_Q4", packed), tensor(f"{name}_scales", scales)]
            inner, outer = weights[name].shape
            item = node(
                "MatMulNBits", [item.input[0], f"{name}_Q4", f"{name}_scales"], list(item.output), MICROSOFT,
                K=inner, N=outer, bits=4, block_size=size,
            )
        nodes.append(item)
    replace_nodes(graph, nodes)
    replace_initializers(graph, set(weights), added)
    import_microsoft(model)
    return model


def write_external(model, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    location = f"{path.name}_data"
    (path.parent / location).unlink(missing_ok=True)
    onnx.save_model(
        copy.deepcopy(model), str(path), save_as_external_data=True, location=location, size_threshold=256
    )


def write_variants(root):
    bert = onnx.load(root / "bert/onnx/model.onnx")
    vit = onnx.load(root / "vit/onnx/model.onnx")
    vit17 = onnx.load(root / "vit/opset17/model.onnx")
    resnet = onnx.load(root / "resnet/opset17/model.onnx")
    per_channel = {"MatMul": 1, "Conv": 0}
    for name, model in {
        "bert/onnx/model_fp16.onnx": half(bert, keep_inputs=False),
        "vit/onnx/model_fp16.onnx": half(vit, keep_inputs=True),
        "bert/onnx/model_quantized.onnx": dynamic(bert),
        "resnet/onnx/model_quantized.onnx": dynamic(resnet),
        "vit/onnx/model_qdq.onnx": static_qdq(vit17, lambda item: None),
        "resnet/onnx/model_qdq.onnx": static_qdq(resnet, lambda item: per_channel[item.op_type]),
        "resnet/onnx/model_qoperator.onnx": operators(resnet),
        "vit/onnx/model_q4.onnx": four_bits(vit),
    }.items():
        onnx.checker.check_model(model)
        onnx.save(model, root / name)
    write_external(onnx.load(root / "distilbert/onnx/model.onnx"), root / "distilbert/external/model.onnx")
