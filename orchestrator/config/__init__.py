"""Configuration: `load` reads it, `trust` admits it, `credentials` finds what it may not contain."""
