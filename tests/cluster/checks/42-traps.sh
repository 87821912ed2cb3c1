#!/usr/bin/env bash
# What `tiphys lint` warns of, on the real Argo Rollouts: every object of `traps/` does what `traps/traps.tsv` says, and lint gives
# the code that stands there for it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

namespace=traps
folder=$WORK/traps
rows() { grep -v '^#' "$here/traps/traps.tsv"; }

first() {
  mkdir -p "$folder"
  sed "s#PROMETHEUS#$PROMETHEUS_URL#" "$here/traps/traps.yaml" >"$folder/traps.yaml"
  kubectl create namespace "$namespace" || true
  kubectl apply --server-side --force-conflicts -f "$folder/traps.yaml"
  within 300 'first versions are there' begun
}
# Rollouts that are refused, or whose ReplicaSet is, never get a stable version.
refused() {
  [ "$(get '{.status.phase}' rollout -n "$namespace" "$1")" = Degraded ] ||
    [ "$(get '{.status.conditions[?(@.type=="Progressing")].reason}' rollout -n "$namespace" "$1")" = ReplicaSetCreateError ]
}
begun() {
  local name
  for name in $(names); do
    [ -n "$(get '{.status.stableRS}' rollout -n "$namespace" "$name")" ] ||
      refused "$name" || return 1
  done
}
names() { get '{.items[*].metadata.name}' rollout -n "$namespace"; }

# All at once, and then time for what should not come.
second() {
  local name
  for name in $(names); do
    kubectl patch rollout -n "$namespace" "$name" --type merge -p '{"spec":{"template":{"metadata":{"annotations":{"version":"2"}}}}}' &
  done
  wait
  sleep 35
}

warned() {
  # Findings are what is wanted, so it ends with an error.
  "$TIPHYS" lint --strict --format json "$folder/traps.yaml" >"$folder/lint.json" || true
  local object code rest
  rows | while IFS=$'\t' read -r object code rest; do
    jq -e --arg code "$code" --arg name "${object#*/}" 'any(.findings[]; .code == $code and any(.labels[]; .text | endswith(" \($name)")))' "$folder/lint.json" >/dev/null || {
      echo "lint does not say $code of $object"
      return 1
    }
  done
}

does() {
  local object path wanted seen
  object=$1 path=$2 wanted=$3
  # A field that is not there leaves a blank.
  seen=$(get "$path" "$object" -n "$namespace" | sed 's/ *$//')
  [ "$seen" = "$wanted" ] || {
    echo "$object: $seen instead of $wanted"
    return 1
  }
}

# What takes five measurements in error comes late on a busy machine.
becomes() { within 180 "$1 becomes: $3" does "$@" || does "$@"; }

check 'traps: first versions' first
check 'traps: lint warns of each' warned
check 'traps: second versions' second
while IFS=$'\t' read -r object code path wanted; do
  check "traps: $object ($code) becomes: $wanted" becomes "$object" "$path" "$wanted"
done < <(rows)
kubectl delete namespace "$namespace" --wait=false >/dev/null
