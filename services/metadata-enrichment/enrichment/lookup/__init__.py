"""From a question to an answer: cache, lease, budget, provider; each once for all."""
