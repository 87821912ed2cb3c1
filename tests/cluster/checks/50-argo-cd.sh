#!/usr/bin/env bash
# From the bootstrap to a running fleet on the real Argo CD, wave by wave, from a git repository that holds what `publish` would push.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

environment=${ENVIRONMENT:-$(environments | head -n 1)}
repository=$WORK/repository
root() { written "$MANIFESTS/$environment/bootstrap" | jq -r ".items[] | select(.kind == \"Application\") | $1"; }

# Charts and directories from elsewhere cannot be had here: a ConfigMap takes their place. All else is as it was written.
local_sources='
def here: {repoURL: $here, path: "stand-ins/\(.metadata.name)", targetRevision: $branch};
if .kind == "AppProject" then .spec.sourceRepos |= map(if . == $published then $here else . end)
elif .kind != "Application" then .
elif .spec.source.repoURL == $published then .spec.source.repoURL = $here
else .spec.source = here | del(.spec.sources) end'

localise() {
  local file name published branch
  published=$(root .spec.source.repoURL)
  branch=$(root .spec.source.targetRevision)
  for file in "$repository/generated/$environment"/{apps,bootstrap}/*.yaml; do
    kubectl create --dry-run=client --validate=false -o json -f "$file" |
      jq --arg here "file://$repository" --arg published "$published" --arg branch "${branch#refs/heads/}" "$local_sources" >"$file.new"
    mv "$file.new" "$file"
    name=$(jq -r '.spec.source.path // "" | select(startswith("stand-ins/"))' "$file")
    [ -z "$name" ] || {
      mkdir -p "$repository/$name"
      echo "{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name#*/}}}" >"$repository/$name/configmap.yaml"
    }
  done
  git -C "$repository" init -q -b "${branch#refs/heads/}"
  git -C "$repository" add -A
  git -C "$repository" -c user.name=tiphys -c user.email=tiphys@localhost commit -qm 'what publish would push'
}

bootstrap() {
  mkdir "$repository"
  cp -R "$MANIFESTS" "$repository/generated"
  localise
  kubectl apply --server-side --force-conflicts -R -f "$repository/generated/$environment/bootstrap"
}

applications() { kubectl get application -n argocd -o json | jq -r "$@"; }
unfinished() { applications '.items[] | select("\(.status.sync.status) \(.status.health.status)" != "Synced Healthy")
  | "\(.metadata.name): \(.status.sync.status) \(.status.health.status) \(.status.operationState.message // "") \([.status.conditions[]?.message])
    \([.status.resources[]? | select((.health.status // "Healthy") != "Healthy" or .status != "Synced") | "\(.kind)/\(.name) \(.status) \(.health.status)"])"'; }
n_applications() { written "$MANIFESTS/$environment/$1" | jq '[.items[] | select(.kind == "Application")] | length'; }
finished() {
  [ "$(applications '.items | length')" -eq $(($(n_applications apps) + $(n_applications bootstrap))) ] && [ -z "$(unfinished)" ]
}
fleet_runs() {
  within 900 'every Application is synced and healthy' finished || {
    unfinished
    return 1
  }
}
projects_exist() {
  local project
  while read -r project; do kubectl get appproject -n argocd "$project"; done < <(applications '[.items[].spec.project] | unique[]')
}

# A wave's first Application is made after the last one of the wave before has been deployed.
waves_in_order() {
  applications '[.items[] | select(.metadata.name != $root)
      | {wave: (.metadata.annotations["argocd.argoproj.io/sync-wave"] // "0" | tonumber), made: .metadata.creationTimestamp, deployed: .status.history[0].deployedAt}]
    | group_by(.wave) | map({wave: .[0].wave, first: (map(.made) | min), last: (map(.deployed) | max)})
    | to_entries as $waves | $waves[]
    | "wave \(.value.wave): made \(.value.first), deployed \(.value.last) " + (if .key == 0 or .value.first >= $waves[.key - 1].value.last then "in order" else "too early" end)' \
    --arg root "$(root .metadata.name)" | tee "$WORK/waves"
  [ "$(wc -l <"$WORK/waves")" -gt 1 ] && ! grep 'too early' "$WORK/waves"
}

# A sync is asked for as an operation on the Application, which is what the server makes of `argocd app sync`: the command waits for events
# and can miss the last one.
not_synced_again() {
  applications --arg before "$before" --argjson asked "$(jq -s 'map(.name)' "$WORK/synced")" '.items[] | select(.metadata.name | IN($asked[]))
    | select(.operation or .status.operationState.startedAt <= $before or .status.operationState.phase != "Succeeded")
    | "\(.metadata.name): \(.status.operationState.phase) \(.status.operationState.message // "")"'
}
synced_again() { [ -z "$(not_synced_again)" ]; }

# The controller pins a Service to pods by a label in its selector, which server-side apply replaces whole: a sync must not send
# the stable Service's traffic to the canary.
services_stay_pinned() {
  before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  sleep 1
  applications -c '.items[] | select(any(.status.resources[]?; .kind == "Rollout"))
    | {name: .metadata.name, patch: {operation: {initiatedBy: {username: "check"}, sync: {syncOptions: (.spec.syncPolicy.syncOptions // [])}}}}' >"$WORK/synced"
  [ -s "$WORK/synced" ]
  local application
  while read -r application; do
    kubectl patch application -n argocd "$(jq -r .name <<<"$application")" --type merge -p "$(jq -c .patch <<<"$application")" </dev/null
  done <"$WORK/synced"
  within 900 'every one is synced once more' synced_again || {
    not_synced_again
    return 1
  }
  kubectl get rollouts -A -o json | jq -r '.items[] | .status.stableRS as $hash | .metadata.namespace as $namespace
    | .spec.strategy | .canary.stableService, .blueGreen.activeService | select(. != null) | "\(.) \($namespace) \($hash)"' | tee "$WORK/pinned"
  [ -s "$WORK/pinned" ]
  local service namespace hash
  while read -r service namespace hash; do
    is "$hash" '{.spec.selector.rollouts-pod-template-hash}' service -n "$namespace" "$service" || {
      echo "$namespace/$service lost its pod hash in a sync"
      return 1
    }
  done <"$WORK/pinned"
}

# What Argo CD itself applied: were a field normalised away, or filled in, the two would differ for ever.
stored_as_written() {
  written "$repository/generated/$environment/apps" >"$WORK/written.json"
  kubectl get applications,appprojects -n argocd -o json >"$WORK/stored.json"
  python3 "$here/checks/same.py" "$WORK/written.json" "$WORK/stored.json"
}

check "argo-cd: the bootstrap of $environment is accepted" bootstrap
check "argo-cd: $environment becomes synced and healthy from its root" fleet_runs
check 'argo-cd: every project exists' projects_exist
check 'argo-cd: Applications come in wave order' waves_in_order
check 'argo-cd: projects and Applications are stored as they were written' stored_as_written
check 'argo-cd: a sync leaves Services pinned to their pods' services_stay_pinned
