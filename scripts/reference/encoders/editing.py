"""Small edits of ONNX graphs."""

import numpy as np
from onnx import helper, numpy_helper


def tensor(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def node(kind, inputs, outputs, domain="", **attributes):
    return helper.make_node(kind, inputs, outputs, f"{outputs[0]}_{kind}", domain=domain, **attributes)


def weights_of(graph):
    return {t.name: numpy_helper.to_array(t) for t in graph.initializer}


def replace_initializers(graph, removed, added):
    """Removed names stay where a node still reads them."""
    read = {name for item in graph.node for name in item.input}
    kept = [t for t in graph.initializer if t.name not in removed or t.name in read]
    del graph.initializer[:]
    graph.initializer.extend([*kept, *added])


def replace_nodes(graph, nodes):
    del graph.node[:]
    graph.node.extend(nodes)
