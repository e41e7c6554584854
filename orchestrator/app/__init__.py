"""The only place that knows every concrete class: configuration → stores, remotes, detectors."""
