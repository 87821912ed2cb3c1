#!/usr/bin/env bash
# `tiphys plan` against the real Argo Rollouts: the five plans of `plan/` are released, and every stage must take as long as it is said
# (to 5 s or 2 %), with exactly the pods and weights that are said.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

namespace=planned
folder=$WORK/planned

released() { [ "$(get '{.status.phase}' rollout -n "$namespace" "$1")" = Healthy ]; }
names() { written "$folder" | jq -r '.items[] | select(.kind == "Rollout") | .metadata.name'; }

first() {
  mkdir "$folder"
  cp "$here"/plan/*.yaml "$folder"
  sed -i "s#PROMETHEUS#$PROMETHEUS_URL#" "$folder"/*.yaml
  kubectl create namespace "$namespace" || true
  kubectl apply --server-side --force-conflicts -f "$folder"
  local name
  for name in $(names); do within 300 "$name is healthy" released "$name"; done
  # Old pods of a first version never are: nothing else is going on.
  sleep 2
}
planned() {
  local file
  for file in "$folder"/*.yaml; do
    "$TIPHYS" plan --manifest "$file" --format json --pod-start 200ms >"${file%.yaml}.json"
  done
}
second() { python3 "$here/checks/plan.py" watch "$namespace" "$folder/recorded.json"; }

check 'plan: five plans are counted' eval 'first && planned'
check 'plan: five plans are released' second
for name in counted gateway nginx switched compared; do
  check "plan: $name goes as it is planned" python3 "$here/checks/plan.py" compare "$name" "$folder"
done
cat "$folder/recorded.tsv" 2>/dev/null || true
