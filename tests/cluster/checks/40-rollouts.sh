#!/usr/bin/env bash
# On the real Argo Rollouts: a first version becomes healthy, a second one (another digest) walks its steps, under each strategy.
# FIXTURES is a folder with the compiled fleet as v1 and v2; it is made from FLEET where it is not given.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

fixtures=$WORK/fixtures
namespace=

compile() {
  mkdir "$fixtures"
  local version
  for version in v1 v2; do
    if [ -n "${FIXTURES:-}" ]; then cp -R "$FIXTURES/$version" "$fixtures"; else compile_version "$version"; fi
  done
  # Nothing resolves names here: the real Prometheus listens on loopback.
  grep -rlF http://prometheus.monitoring:9090 "$fixtures" | xargs -r sed -i "s#http://prometheus.monitoring:9090#$PROMETHEUS_URL#"
  ! diff -rq "$fixtures/v1" "$fixtures/v2"
}
compile_version() {
  [ -d "$WORK/fleet" ] || cp -R "$FLEET" "$WORK/fleet"
  [ "$1" = v1 ] || sed -i 's/sha256:1/sha256:2/; s/1\.0\.0/1.0.1/' "$WORK"/fleet/environments/*/releases.yaml
  "$TIPHYS" -C "$WORK/fleet" build
  cp -R "$WORK/fleet/generated/test" "$fixtures/$1"
}

# What differs between the versions, as Argo CD does it: a Service that did not change keeps the selector that the controller gave it.
apply_second() {
  (diff -rq "$fixtures/v1" "$fixtures/v2" || true) | awk '/^Files/ {print $4}' | xargs -n1 kubectl apply --server-side --force-conflicts -f
}
apply_first() {
  written "$fixtures/v1/namespaces" | jq -c '.items[] | select(.kind == "Namespace")' | kubectl apply --server-side -f -
  kubectl apply --server-side --force-conflicts -R -f "$fixtures/v1/namespaces" -f "$fixtures/v1/services"
}
rollouts() { written "$fixtures/v1/services" | jq -r '.items[] | select(.kind == "Rollout") | .metadata.name'; }
settled() { is 'Healthy' '{.status.phase}' rollout -n "$namespace" "$1"; }

first_version() {
  apply_first
  local name
  for name in $(rollouts); do within 60 "$name is healthy" settled "$name"; done
}

# watch NAME KIND/NAME PATH: every state that it goes through, in WORK/NAME, once each.
watch() { kubectl get -n "$namespace" -w -o "jsonpath=$3{'\n'}" "$2" | stdbuf -oL uniq >"$WORK/$1" & }

second_version() {
  local name
  for name in $(rollouts); do
    watch "$name.states" "rollout/$name" '{.status.currentStepIndex} {.status.updatedReplicas} {.status.blueGreen.previewSelector} {.status.blueGreen.activeSelector}'
    ! kubectl get httproute -n "$namespace" "$name" >/dev/null 2>&1 || watch "$name.weights" "httproute/$name" '{.spec.rules[0].backendRefs[*].weight}'
    get '{.status.stableRS}' rollout -n "$namespace" "$name" >"$WORK/$name.stable"
  done
  apply_second
  for name in $(rollouts); do
    within 180 "$name runs its second version" promoted "$name"
  done
  sleep 2
  jobs -p | xargs kill
}
promoted() { settled "$1" && [ "$(get '{.status.stableRS}' rollout -n "$namespace" "$1")" != "$(cat "$WORK/$1.stable")" ]; }

# of STRATEGY: the Rollouts with that strategy: routed, counted or blue-green.
of() {
  written "$fixtures/v1/services" | jq -r --arg wanted "$1" '.items[] | select(.kind == "Rollout")
    | select((if .spec.strategy.blueGreen then "blue-green" elif .spec.strategy.canary.trafficRouting then "routed" else "counted" end) == $wanted)
    | .metadata.name'
}
# in_order FILE WANTED...: the lines WANTED stand in FILE in that order, others between them.
in_order() {
  local file=$1 line
  shift
  while read -r line; do [ "$line" != "${1:-}" ] || shift; done <"$file"
  [ $# -eq 0 ] || {
    echo "not seen: $1; seen: $(tr '\n' ';' <"$file")"
    return 1
  }
}
# At least one, so that a missing fixture is no success.
each() {
  local names name
  names=$(of "$1")
  [ -n "$names" ]
  for name in $names; do "$2" "$name"; done
}
set_weights() { get '{.spec.strategy.canary.steps[*].setWeight}' rollout -n "$namespace" "$1"; }

routed_steps() {
  local weight wanted=('100 0')
  for weight in $(set_weights "$1"); do wanted+=("$((100 - weight)) $weight"); done
  in_order "$WORK/$1.weights" "${wanted[@]}"
  within 20 'the route is back' is '100 0' '{.spec.rules[0].backendRefs[*].weight}' httproute -n "$namespace" "$1"
}
# The controller rounds a share of pods up; every step is seen with the pods that it asks for.
counted_steps() {
  local weight replicas wanted=()
  replicas=$(get '{.spec.replicas}' rollout -n "$namespace" "$1")
  for weight in $(set_weights "$1"); do wanted+=($(((replicas * weight + 99) / 100))); done
  cut -d' ' -f2 "$WORK/$1.states" | uniq >"$WORK/$1.pods"
  in_order "$WORK/$1.pods" "${wanted[@]}" "$replicas"
}
blue_green_switch() {
  local old new
  old=$(cat "$WORK/$1.stable") new=$(get '{.status.stableRS}' rollout -n "$namespace" "$1")
  cut -d' ' -f3,4 "$WORK/$1.states" | uniq >"$WORK/$1.selectors"
  in_order "$WORK/$1.selectors" "$old $old" "$new $old" "$new $new"
  is "$new" '{.spec.selector.rollouts-pod-template-hash}' service -n "$namespace" "$1"
}
analyses_succeeded() {
  get '{range .items[*]}{.status.phase} {.metadata.name}{"\n"}{end}' analysisrun -n "$namespace" | tee "$WORK/runs"
  [ -s "$WORK/runs" ] && ! grep -v '^Successful' "$WORK/runs"
}

check 'rollouts: the fixtures compile, in two versions' compile
namespace=$(written "$fixtures/v1/services" | jq -r '[.items[].metadata.namespace] | unique | join(" ")')
python3 "$here/checks/traffic.py" "$namespace" $((TIPHYS_CLUSTER_PORT + 18)) >"$WORK/traffic.log" 2>&1 &
traffic=$!
trap 'kill "$traffic"' EXIT
check 'rollouts: the first version is healthy' first_version
check 'rollouts: the second version is promoted' second_version
check 'rollouts: a gateway canary walks its weights, and gives them back' each routed routed_steps
check 'rollouts: a pod-count canary walks its steps' each counted counted_steps
check 'rollouts: a blue-green service is switched after its preview' each blue-green blue_green_switch
check 'rollouts: analyses ran and succeeded' analyses_succeeded
