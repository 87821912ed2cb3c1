#!/usr/bin/env bash
# Argo Rollouts' own lint takes every Rollout, alone and beside what it refers to; kubeconform agrees with the API server.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

lint() {
  local file found=0 failed=0
  while read -r file; do
    found=$((found + 1))
    kubectl-argo-rollouts lint -f "$file" || { echo "$file" && failed=1; }
  done < <(grep -rlE --include '*.yaml' '^kind: Rollout$' "$MANIFESTS/$1")
  echo "$found Rollouts"
  [ "$found" -gt 0 ] && [ "$failed" -eq 0 ]
}

refuses() {
  sed 's/setWeight: 25/setWeight: 150/' "$here/checks/rollout.yaml" >"$WORK/refused.yaml"
  kubectl-argo-rollouts lint -f "$here/checks/rollout.yaml"
  ! kubectl-argo-rollouts lint -f "$WORK/refused.yaml"
}

# The schemas are those of the running server and of the installed definitions.
schemas() {
  kubectl get --raw /openapi/v2 >"$WORK/openapi.json"
  kubectl get crd -o json >"$WORK/crds.json"
  python3 "$here/checks/schemas.py" "$WORK/schemas" "$WORK/openapi.json" "$WORK/crds.json"
}
conform() { kubeconform -strict -summary -schema-location "$WORK/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json" "$@"; }

kubeconform_agrees() {
  conform "$MANIFESTS/$1" | tee "$WORK/conform"
  grep -q 'Invalid: 0, Errors: 0, Skipped: 0' "$WORK/conform"
}
kubeconform_refuses() {
  conform "$here/checks/rollout.yaml"
  sed 's/replicas:/replicsa:/' "$here/checks/rollout.yaml" >"$WORK/refused.yaml"
  ! conform "$WORK/refused.yaml"
}

check 'lint: a weight of 150 is refused' refuses
check 'kubeconform: schemas from the server and its definitions' schemas
check 'kubeconform: a misspelt field is refused' kubeconform_refuses
for environment in $(environments); do
  check "lint: every Rollout of $environment" lint "$environment"
  check "kubeconform: $environment" kubeconform_agrees "$environment"
done
