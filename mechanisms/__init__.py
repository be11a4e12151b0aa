"""Models of the pharmacotherapy of anxiety, the data behind them, and figures that come alive."""
