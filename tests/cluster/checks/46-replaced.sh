#!/usr/bin/env bash
# `tiphys plan` of Deployments and StatefulSets against Kubernetes' own controllers: a second image for each of `replaced/`, and the most pods
# at once, the fewest that serve, the new and old pods at the end and the time (to 5 s or 2 %) must be as they are said.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

namespace=replaced
folder=$WORK/replaced

first() {
  mkdir "$folder"
  kubectl create namespace "$namespace" || true
  kubectl apply --server-side --force-conflicts -f "$here/replaced/workloads.yaml"
  local name
  for name in $(written "$here/replaced" | jq -r '.items[] | "\(.kind)/\(.metadata.name)"'); do
    kubectl rollout status "$name" -n "$namespace" --timeout 300s
  done
  "$TIPHYS" plan --manifest "$here/replaced/workloads.yaml" --format json --pod-start 200ms >"$folder/plan.json"
}

check 'replaced: first versions stand, and are planned' first
check 'replaced: second versions come' python3 "$here/checks/replaced.py" watch "$namespace" "$folder"
check 'replaced: everything goes as it is planned' python3 "$here/checks/replaced.py" compare "$folder"
cat "$folder/recorded.tsv" 2>/dev/null || true
