"""Local embeddings and hybrid search: no account, no model hub, nothing heavy on import.

Read `search` first (how a query becomes a ranking), then `embedder` (how a text becomes a
vector) and `model_folder` (how the model comes to lie on this machine).
"""
