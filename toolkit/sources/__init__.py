"""Where raw data come from: one module per source."""
