"""What a notebook and a terminal show: progress, tables, figures, pages."""
