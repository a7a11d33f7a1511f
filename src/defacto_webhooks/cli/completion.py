"""`completion`: the script that makes a shell complete what somebody types."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command

# click's script for bash puts a suggestion into the line as it is, though a name may hold a space or `$(…)`,
# and takes --option=value and a:b for three words, as bash does, which replaces only the last of them.
_BASH: Final = r"""
%(complete_func)s() {
    local type value special answer rest=$COMP_LINE piece begun=
    local -a words=()
    for piece in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ${#words[@]} == 0 || $rest == [[:space:]]* ]]; then
            words+=("$piece") begun=
        else
            begun=${words[-1]} words[-1]+=$piece
        fi
        rest=${rest#"${rest%%%%[![:space:]]*}"}
        rest=${rest#"$piece"}
    done
    answer=$(IFS=$'\n'; env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \
        %(complete_var)s=bash_complete "$1")
    [[ $piece == [=:] ]] && begun=${words[-1]}
    [[ $begun == --*=* ]] && begun=${begun#*=}  # what is offered for --option=value is the value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                case $piece in
                    \'*) value=${value//\'/\'\\\'\'} ;;
                    \"*) for special in '\' '$' '`' '"'; do value=${value//"$special"/\\"$special"}; done ;;
                    *) printf -v value %%q "$value" ;;
                esac
                [[ $value == "$begun"* ]] && COMPREPLY+=("${value#"$begun"}") ;;
        esac
    done <<< "$answer"
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    source_template = _BASH


class _Zsh(ZshComplete):
    # What is offered for --option=value is the value.
    source_template = ZshComplete.source_template.replace(
        "local -a response\n", "local -a response\n    [[ $PREFIX == --*=* ]] && compset -P 1 '*='\n", 1
    ).replace("compadd -U", 'compadd -i "$IPREFIX" -U')


class _Fish(FishComplete):
    # The same, and all that stands behind the first comma is the value.
    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    ).replace(
        "echo $metadata[2];",
        "set -l option (string match --regex -- '^--[^=]*=' (commandline -ct));"
        ' echo "$option$metadata[2]";',
    )


_SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


@command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def completion(invocation: Invocation, shell: str) -> None:
    """Print a script for tab completion in bash, zsh or fish.

    It completes commands, options and their values: environments and names in
    the file, guards, formats and event types.

    \b
    Example:
      eval "$(defacto-webhooks completion bash)"      in ~/.bashrc
      eval "$(defacto-webhooks completion zsh)"       in ~/.zshrc
      defacto-webhooks completion fish | source       in config.fish
    """
    root = click.get_current_context().find_root()
    program = root.info_name or "defacto-webhooks"
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"  # the one that click looks at
    invocation.console.result(_SHELLS[shell](root.command, {}, program, variable).source().strip("\n"))
