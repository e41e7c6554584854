"""Local embeddings and hybrid search: no account, no model hub, nothing heavy on import.

Read `search` first (how a query becomes a ranking), then `embedder` (how a text becomes a
vector) and `model_folder` (how the model comes to lie on this machine).
"""

import os

# ONNX Runtime (1.29 and newer) keeps a device id and reports to its maker, unless this is set before
# it starts. orch has no telemetry, so none of its engines has.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
