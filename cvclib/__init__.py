"""Customer value chain analysis: from a company's own exports to one report per client."""
