"""Where training pictures come from: sources, unified labels, splits, checks, a training set."""
