"""Parts of the pages Reviews and Review."""
