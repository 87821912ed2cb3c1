# shellcheck shell=bash
# Shared by the checks; sourced. run.sh sets MANIFESTS, WORK, TIPHYS, FLEET and what up.sh's env file does.
set -euo pipefail
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# check NAME FUNCTION [ARGS]: runs it in a shell of its own, where the first failing command ends it; says ok or FAIL with the last lines.
check() {
  local name=$1 start=$SECONDS result log
  log=$WORK/check.log
  shift
  # Not as a condition of an "if": the shell would then not stop at a failing command.
  set +e
  (set -e; "$@") >"$log" 2>&1
  result=$?
  set -e
  if [ "$result" -eq 0 ]; then
    echo "ok $name ($((SECONDS - start)) s)"
  else
    echo "FAIL $name ($((SECONDS - start)) s): $(tail -n 1 "$log")"
    tail -n 30 "$log" | sed 's/^/      /'
  fi
}

# environments: the folders of MANIFESTS that hold one environment each.
environments() { find "$MANIFESTS" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%f\n' | sort; }

# written DIR: the objects of DIR as one JSON list, as they are written.
written() { kubectl create --dry-run=client --validate=false -o json -R -f "$1" | jq -s '{items: map(if .kind == "List" then .items[] else . end)}'; }

# make_namespaces DIR: what everything else needs to be admitted, even in a dry run.
make_namespaces() {
  written "$1" | jq -c '.items[] | select(.kind == "Namespace")' | kubectl apply --server-side --force-conflicts -f -
}

# get PATH KIND NAME [ARGS]: one field of an object; nothing where it is not set.
get() { kubectl get -o "jsonpath=$1" "${@:2}"; }
# is WANTED PATH KIND NAME [ARGS]
is() { [ "$(get "${@:2}")" = "$1" ]; }
