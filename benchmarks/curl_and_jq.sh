#!/usr/bin/env bash
# What a team writes first: create what the account lacks, by name. No check, no proof, no care for failures.
# Usage: curl_and_jq.sh URL DESIRED.json
set -euo pipefail
key="Authorization: Bearer $DEFACTO_API_KEY"
current=$(curl -fsS -H "$key" "$1/webhooks" | jq -c '[.data[].name]')
jq -c --argjson current "$current" '.[] | select(.name as $name | $current | index($name) | not)' "$2" |
  while read -r body; do
    curl -fsS -o /dev/null -H "$key" -H 'Content-Type: application/json' --data-binary "$body" "$1/webhooks"
  done
