#!/usr/bin/env bash
# On the real Argo Rollouts: a first version becomes healthy, a second one (another digest) walks its steps, under each strategy;
# a third one that answers with errors is aborted.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

versions=$WORK/versions
port=$((TIPHYS_CLUSTER_PORT + 18))
namespace=

compile() {
  local version
  mkdir "$versions"
  cp -R "$FLEET" "$WORK/fleet"
  for version in 1 2 3; do
    sed -i -E "s/sha256:[0-9]/sha256:$version/; s/1\.0\.[0-9]/1.0.$version/" "$WORK"/fleet/environments/test/releases.yaml
    "$TIPHYS" -C "$WORK/fleet" build --out "$WORK/built"
    cp -R "$WORK/built/test" "$versions/$version"
  done
  # Nothing resolves names here: the real Prometheus listens on loopback, and traffic.py answers for the preview.
  find "$versions" -name 'analysis-template-*' -exec sed -i \
    "s#http://prometheus.monitoring:9090#$PROMETHEUS_URL#; s#http://switched-preview[^/]*#http://127.0.0.1:$port#" {} +
  ! diff -rq "$versions/1" "$versions/2"
}

rollouts() { written "$versions/1/services" | jq -r '.items[] | select(.kind == "Rollout") | .metadata.name'; }
field() { get "$2" rollout -n "$namespace" "$1"; }
settled() { [ "$(field "$1" '{.status.phase}')" = Healthy ]; }

first_version() {
  make_namespaces "$versions/1/namespaces"
  kubectl apply --server-side --force-conflicts -R -f "$versions/1/namespaces" -f "$versions/1/services"
  local name
  for name in $(rollouts); do within 300 "$name is healthy" settled "$name"; done
}

# replace OLD NEW: what differs between the versions, as Argo CD does it: a Service that did not change keeps the selector that the
# controller gave it.
replace() {
  (diff -rq "$versions/$1" "$versions/$2" || true) | awk '/^Files/ {print "-f", $4}' | xargs kubectl apply --server-side --force-conflicts
}

# watch NAME KIND/NAME PATH: every state that it goes through, in WORK/NAME, once each.
watch() { kubectl get -n "$namespace" -w -o "jsonpath=$3{'\n'}" "$2" | stdbuf -oL uniq >"$WORK/$1" & }

# is_counted NAME: Prometheus has seen the requests of a service grow: its error budget can be asked for.
is_counted() {
  [ -n "$(promtool query instant "$PROMETHEUS_URL" "sum(increase(istio_requests_total{destination_workload=\"$1\"}[5m])) > 0")" ]
}

second_version() {
  local name
  for name in $(of routed); do within 120 "the requests of $name are counted" is_counted "$name"; done
  for name in $(rollouts); do
    watch "$name.states" "rollout/$name" '{.status.currentStepIndex} {.status.updatedReplicas} {.status.blueGreen.previewSelector} {.status.blueGreen.activeSelector}'
    field "$name" '{.status.stableRS}' >"$WORK/$name.stable"
  done
  for name in $(of routed); do watch "$name.weights" "$(route "$name")" '{.spec.rules[0].backendRefs[*].weight}'; done
  replace 1 2
  for name in $(rollouts); do within 300 "$name runs its second version" promoted "$name"; done
  sleep 2
  jobs -p | xargs kill
}
promoted() { settled "$1" && [ "$(field "$1" '{.status.stableRS}')" != "$(cat "$WORK/$1.stable")" ]; }

# of STRATEGY: the Rollouts with that strategy: routed, counted or blue-green.
of() {
  written "$versions/1/services" | jq -r --arg wanted "$1" '.items[] | select(.kind == "Rollout")
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
# At least one, so that a missing service is no success.
each() {
  local names name
  names=$(of "$1")
  [ -n "$names" ]
  for name in $names; do "$2" "$name"; done
}
set_weights() { field "$1" '{.spec.strategy.canary.steps[*].setWeight}'; }
route() { kubectl get -o name -n "$namespace" httproutes,grpcroutes | grep "/$1\$"; }
route_is() { is "$2" '{.spec.rules[0].backendRefs[*].weight}' "$(route "$1")" -n "$namespace"; }
service_is() { is "$2" '{.spec.selector.rollouts-pod-template-hash}' service -n "$namespace" "$1"; }

routed_steps() {
  local weight wanted=('100 0')
  for weight in $(set_weights "$1"); do wanted+=("$((100 - weight)) $weight"); done
  in_order "$WORK/$1.weights" "${wanted[@]}"
  within 120 'the route is back' route_is "$1" '100 0'
}
# The controller rounds a share of pods up; every step is seen with the pods that it asks for.
counted_steps() {
  local weight replicas wanted=()
  replicas=$(field "$1" '{.spec.replicas}')
  for weight in $(set_weights "$1"); do wanted+=($(((replicas * weight + 99) / 100))); done
  cut -d' ' -f2 "$WORK/$1.states" | uniq >"$WORK/$1.pods"
  in_order "$WORK/$1.pods" "${wanted[@]}" "$replicas"
}
blue_green_switch() {
  local old new
  old=$(cat "$WORK/$1.stable") new=$(field "$1" '{.status.stableRS}')
  cut -d' ' -f3,4 "$WORK/$1.states" | uniq >"$WORK/$1.selectors"
  in_order "$WORK/$1.selectors" "$old $old" "$new $old" "$new $new"
  service_is "$1" "$new"
}
analyses() { kubectl get analysisrun -n "$namespace" -o json | jq -r "$@"; }
analyses_succeeded() {
  analyses '.items[] | "\(.status.phase) \(.metadata.name) \(.spec.metrics | map(.name))"' | tee "$WORK/runs"
  [ -s "$WORK/runs" ] && ! grep -v '^Successful' "$WORK/runs"
}
# Every criterion that was written has been measured by some run, with values and not by default.
analyses_measured() {
  local name
  for name in $(written "$versions/1/services" | jq -r '.items[] | select(.kind == "AnalysisTemplate") | .spec.metrics[].name' | sort -u); do
    analyses --arg name "$name" '[.items[].status.metricResults[]? | select(.name == $name) | .successful // 0] | add' | tee "$WORK/successes"
    [ "$(cat "$WORK/successes")" -gt 0 ]
  done
}

judged() { written "$versions/1/services" | jq -r '.items[] | select(.kind == "Rollout") | select(.spec.strategy | .. | .templates? | values) | .metadata.name' | sort -u; }
aborted() { [ "$(field "$1" '{.status.phase} {.status.abort}')" = 'Degraded true' ]; }
bad_version() {
  local name
  for name in $(rollouts); do field "$name" '{.status.stableRS}' >"$WORK/$name.stable"; done
  replace 2 3
  for name in $(judged); do
    within 300 "$name is aborted" aborted "$name"
    field "$name" '{.metadata.name}: {.status.message}{"\n"}'
    field "$name" '{.status.message}' | grep -q 'errors'
    [ "$(field "$name" '{.status.stableRS}')" = "$(cat "$WORK/$name.stable")" ]
  done
  for name in $(of routed); do within 120 'all requests go to the old version' route_is "$name" '100 0'; done
  for name in $(of routed) $(of blue-green); do service_is "$name" "$(cat "$WORK/$name.stable")"; done
}
# The release is taken back in the spec, as everything else is done.
way_back() {
  replace 3 2
  local name
  for name in $(rollouts); do within 300 "$name is healthy again" settled "$name"; done
}

check 'rollouts: the fleet compiles, in three versions' compile
namespace=$(written "$versions/1/services" | jq -r '[.items[].metadata.namespace] | unique | join(" ")')
python3 "$here/checks/traffic.py" "$namespace" "$port" >"$WORK/traffic.log" 2>&1 &
traffic=$!
trap 'kill "$traffic"' EXIT
check 'rollouts: the first version is healthy' first_version
check 'rollouts: the second version is promoted' second_version
check 'rollouts: gateway canaries (HTTP and gRPC) walk their weights, and give them back' each routed routed_steps
check 'rollouts: pod-count canaries walk their steps' each counted counted_steps
check 'rollouts: a blue-green service is switched after its preview' each blue-green blue_green_switch
check 'rollouts: analyses ran and succeeded' analyses_succeeded
check 'rollouts: every criterion was measured' analyses_measured
check 'rollouts: a version with errors is aborted, and the old one serves on' bad_version
check 'rollouts: back to the version before' way_back
