"""What all else stands on: text, spans, diagnostics. Knows nothing of networks."""
