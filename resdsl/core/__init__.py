"""What every other room stands on: text, spans, diagnostics. Knows nothing of networks."""
