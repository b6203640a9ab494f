"""
What the real TensorBoard reads of the event files that callbacks.tensorBoard writes. Written to event_files.json.

    node tests/support/tensorBoardRun.ts /tmp/logs && /tmp/venv-tb/bin/python tests/golden/event_files.py /tmp/logs

With tensorboard 2.21.0: by the data provider that its server asks, and by the plugins' own readers.
"""
import io
import json
import os
import sys

import numpy as np
from PIL import Image
from tensorboard import context
from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.data.provider import RunTagFilter
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups
from tensorboard.plugins.hparams import get_experiment

logs = sys.argv[1]
multiplexer = plugin_event_multiplexer.EventMultiplexer().AddRunsFromDirectory(logs)
multiplexer.Reload()
provider = data_provider.MultiplexerDataProvider(multiplexer, logs)
ctx = context.RequestContext()


def number(x):
    return float(f"{float(x):.9g}")


result = {}
for run in sorted(r.run_name for r in provider.list_runs(ctx, experiment_id="")):
    only = RunTagFilter(runs=[run])
    entry = {}
    for tag, series in provider.read_scalars(ctx, experiment_id="", plugin_name="scalars", downsample=1000, run_tag_filter=only).get(run, {}).items():
        entry.setdefault("scalars", {})[tag] = [[d.step, number(d.value)] for d in series]
    for tag, series in provider.read_tensors(ctx, experiment_id="", plugin_name="histograms", downsample=1000, run_tag_filter=only).get(run, {}).items():
        entry.setdefault("histograms", {})[tag] = [[d.step, [number(v) for v in d.numpy[0]], [number(v) for v in d.numpy[-1]], [int(c) for c in d.numpy[:, 2]]] for d in series]
    for tag, series in provider.read_blob_sequences(ctx, experiment_id="", plugin_name="images", downsample=1000, run_tag_filter=only).get(run, {}).items():
        for datum in series:
            blobs = [provider.read_blob(ctx, blob_key=value.blob_key) for value in datum.values]
            files = [np.asarray(Image.open(io.BytesIO(b))) for b in blobs[2:]]
            entry.setdefault("images", {}).setdefault(tag, []).append([datum.step, blobs[0].decode(), blobs[1].decode(), [f.tolist() for f in files]])
    accumulator = event_accumulator.EventAccumulator(os.path.join(logs, run))
    accumulator.Reload()
    if accumulator.Tags()["graph"]:
        graph = accumulator.Graph()
        entry["graph"] = [dict(name=n.name, op=n.op, input=list(n.input), shapes=[[d.size for d in s.dim] for s in n.attr["_output_shapes"].list.shape]) for n in graph.node]
    result[run] = entry

hparams = backend_context.Context(type("Context", (), dict(data_provider=provider, logdir=logs, flags=None, multiplexer=multiplexer, experiment_id=""))())
metadata = hparams.hparams_metadata(ctx, "")
experiment = hparams.experiment_from_metadata(ctx, "", True, metadata, hparams.hparams_from_data_provider(ctx, "", None))
sessions = list_session_groups.Handler(ctx, hparams, "", api_pb2.ListSessionGroupsRequest(
    allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_RUNNING, api_pb2.STATUS_UNKNOWN], aggregation_type=api_pb2.AGGREGATION_AVG, start_index=0, slice_size=10, include_metrics=True,
    col_params=[])).run()
value = lambda v: v.number_value if v.HasField("number_value") else v.string_value if v.HasField("string_value") else v.bool_value
result["hparams"] = dict(
    hparams=sorted([i.name, api_pb2.DataType.Name(i.type)] for i in experiment.hparam_infos),
    metrics=sorted([m.name.group, m.name.tag] for m in experiment.metric_infos),
    sessions=[dict(hparams={k: value(v) for k, v in sorted(g.hparams.items())}, status=[api_pb2.Status.Name(s.status) for s in g.sessions],
                   metrics=sorted([m.name.group, m.name.tag, m.training_step, number(m.value)] for m in g.metric_values)) for g in sessions.session_groups])
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "event_files.json")
with open(path, "w") as file:
    lines = [f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in result.items()]
    file.write("{\n" + ",\n".join(lines) + "\n}\n")
print(os.path.getsize(path), "bytes")
