"""Plan, report and diagnostics as text, Markdown, JSON and GitHub annotations. No I/O."""
