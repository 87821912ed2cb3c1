#!/usr/bin/env bash
# Asks a real API server about every case and writes its answers to recorded.tsv. Nothing is created: all is a dry run.
# usage: KUBECONFIG=… record.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cases=$(mktemp -d)
trap 'rm -rf "$cases"' EXIT

(cd "$here/../.." && VERDICT_CASES=$cases cargo test --quiet --test it verdicts::cases_are_well_formed >/dev/null)
ask() {
  local file=$1 name answer
  name=$(<"${file%.json}.name")
  if answer=$(kubectl apply --dry-run=server --validate=strict -f "$file" 2>&1 >/dev/null); then
    printf '%s\taccepted\t\n' "$name"
  else
    answer=$(tr '\n\t' '  ' <<<"$answer" | sed -E "s#$cases/[0-9]*.json#the case#g; s/ +$//; s/ +/ /g" | cut -c1-300)
    # Silence of the server is not a verdict.
    case $answer in *'connection refused'* | *'Unable to connect'* | *'deadline exceeded'* | *Unauthorized*) echo "record.sh: $answer" >&2; return 1 ;; esac
    printf '%s\trejected\t%s\n' "$name" "$answer"
  fi
}
export -f ask
export cases
find "$cases" -name '*.json' -print0 | sort -z | xargs -0 -n 1 -P 4 bash -c 'ask "$1"' ask >"$cases/answers"
LC_ALL=C sort "$cases/answers" >"$here/recorded.tsv"
echo "$(wc -l <"$here/recorded.tsv") verdicts"
