#!/usr/bin/env bash
# The API server takes every object as it is written, unknown fields refused; what it stores is what was written.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

dry_run() {
  make_namespaces "$MANIFESTS/$1"
  kubectl apply --dry-run=server --validate=strict -R -f "$MANIFESTS/$1" >"$WORK/dry-run"
  local n_written n_accepted
  n_written=$(written "$MANIFESTS/$1" | jq '.items | length')
  n_accepted=$(grep -c 'server dry run' "$WORK/dry-run")
  echo "$n_accepted of $n_written objects accepted"
  [ "$n_written" -gt 0 ] && [ "$n_accepted" -eq "$n_written" ]
}

# A strict server that accepts anything proves nothing.
refuses() {
  local manifest='{apiVersion: v1, kind: Service, metadata: {name: typo}, spec: {selecter: {app: web}, ports: [{port: 80}]}}'
  if kubectl apply --dry-run=server --validate=strict -f - <<<"$manifest" >"$WORK/refused" 2>&1; then return 1; fi
  grep -q 'unknown field "spec.selecter"' "$WORK/refused"
}

# Applications and projects are Argo CD's business: its own check reads them back.
read_back() {
  local part
  rm -rf "$WORK/parts" && mkdir "$WORK/parts"
  for part in namespaces services; do
    [ ! -d "$MANIFESTS/$1/$part" ] || cp -R "$MANIFESTS/$1/$part" "$WORK/parts"
  done
  kubectl apply --server-side --force-conflicts -R -f "$WORK/parts" >/dev/null
  # Only then has the controller written what it changes.
  within 180 'the controller has seen every Rollout' reconciled
  kubectl get -R -f "$WORK/parts" -o json >"$WORK/stored.json"
  written "$WORK/parts" >"$WORK/written.json"
  python3 "$here/checks/same.py" "$WORK/written.json" "$WORK/stored.json"
}

reconciled() { kubectl get rollouts -A -o json | jq -e 'all(.items[]; .status.phase != null)'; }

# The next environment, and the checks after this one, start from nothing.
forget() {
  written "$MANIFESTS/$1" | jq -c '.items[] | select(.kind == "Namespace")' | kubectl delete --timeout 300s -f - >/dev/null
}

check 'admission: the server refuses an unknown field' refuses
for environment in $(environments); do
  check "admission: $environment passes a strict server-side dry run" dry_run "$environment"
  check "admission: $environment is stored as it was written" read_back "$environment"
  check "admission: $environment can be removed again" forget "$environment"
done
