"""What the GitHub action does around a command: which environments, comments, what was reviewed, issues.

`action.yml` starts it as `python -m defacto_webhooks.ci.github`. It is no command for people: every input
comes from the variables that `action.yml` sets, and from the files of the runner.
"""
