#!/usr/bin/env bash
# Every criterion in every convention, asked of a real Prometheus that holds canned series, and judged by the real controller. The
# verdicts must be those of tests/verdicts/analyses.tsv; RECORD=1 writes them anew.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

judged=$here/judged
recorded=$here/../verdicts/analyses.tsv
series=$WORK/series
port=$((TIPHYS_CLUSTER_PORT + 15)) answers=$((TIPHYS_CLUSTER_PORT + 16))
scenarios=$(python3 -c "import sys; sys.path.insert(0, '$here/checks'); import series; print(*series.SCENARIOS)")
processes=()
trap 'kill "${processes[@]}" 2>/dev/null' EXIT

# The same fleet under the name of each scenario, so that all of them live side by side.
compile() {
  local name
  for name in $scenarios; do
    cp -R "$judged" "$series/$name"
    sed -i "s/fleet \"good\"/fleet \"$name\"/; s/good\.example/$name.example/g" "$series/$name"/environments/fleet.kdl "$series/$name"/environments/test/environment.kdl
    "$TIPHYS" -C "$series/$name" build
    written "$series/$name/generated/test/services" | jq --arg scenario "$name" '.items[] | select(.kind == "AnalysisTemplate") | {$scenario, template: .}'
  done | jq -s . >"$series/all.json"
  # Pods do nothing here: what a Job says is tried by hand below.
  jq 'map(select(.template.spec.metrics[0].provider.job | not))' "$series/all.json" >"$series/templates.json"
  [ "$(jq length "$series/templates.json")" -gt 300 ]
}

# What promtool reads without a complaint, Prometheus answers.
queries() {
  jq '{groups: [{name: "queries", rules: [.[].template.spec.metrics[].provider.prometheus | values
    | {record: "answer", expr: (.query | gsub("{{args.canary-hash}}"; "6bbf74c58d") | gsub("{{args.stable-hash}}"; "7c94d9f6c5") | gsub("{{args.weight}}"; "20"))}] | unique}]}' \
    "$series/templates.json" >"$series/rules.json"
  promtool check rules "$series/rules.json"
  [ "$(jq '.groups[0].rules | length' "$series/rules.json")" -gt 300 ]
}

history() {
  python3 "$here/checks/series.py" "$(date +%s)" >"$series/history"
  promtool tsdb create-blocks-from openmetrics "$series/history" "$series/tsdb"
  echo '{}' >"$series/prometheus.yaml"
}
answers_ready() { curl -fsS --noproxy '*' "http://127.0.0.1:$port/-/ready" && curl -fsS --noproxy '*' "http://127.0.0.1:$answers/good/"; }

# A run measures once: when, and how often, is not what is asked here.
runs() {
  jq -c --arg prometheus "http://127.0.0.1:$port" --arg answers "http://127.0.0.1:$answers" '
    def given: {"canary-hash": "6bbf74c58d", "stable-hash": "7c94d9f6c5", weight: "20"};
    .[] | .scenario as $scenario | .template | {
      apiVersion: "argoproj.io/v1alpha1", kind: "AnalysisRun", metadata: {name: .metadata.name, namespace: .metadata.namespace, labels: {canned: $scenario}},
      spec: {
        args: [.spec.args[]? | {name, value: (.value // given[.name])} + (if .valueFrom then {valueFrom} else {} end) | del(.value | nulls)],
        metrics: [.spec.metrics[] | del(.initialDelay, .interval) + {count: 1, failureLimit: 0, inconclusiveLimit: 0, consecutiveErrorLimit: 0}
          | if .provider.prometheus then .provider.prometheus.address = $prometheus else . end
          | if .provider.web then .provider.web.url |= sub("^http://[^/]*"; "\($answers)/\($scenario)") else . end]
      }
    }' "$series/templates.json" >"$series/runs.json"
  for name in $scenarios; do kubectl create namespace "$name-test" --dry-run=client -o yaml; echo ---; done | kubectl apply -f -
  kubectl apply --server-side -f "$series/runs.json" >/dev/null
}
# ended: no run is under way.
ended() {
  kubectl get analysisruns -A -l canned -o json >"$series/ended.json"
  jq -e --argjson wanted "$(jq -s length "$series/runs.json")" '
    [.items[] | .status.phase // "" | select(IN("Successful", "Failed", "Error", "Inconclusive"))] | length >= $wanted' "$series/ended.json"
}
table() {
  within 300 'all analyses have ended' ended
  python3 "$here/checks/table.py" "$series/templates.json" "$series/ended.json" >"$series/table.tsv"
  [ -z "${RECORD:-}" ] || cp "$series/table.tsv" "$recorded"
}
verdicts() {
  cut -f1-3 "$series/table.tsv" >"$series/got"
  cut -f1-3 "$recorded" | diff - "$series/got"
}

# The program of a health check, as it is written: only JSON in which the field is what it must be is a success.
health() {
  local command answer wanted got
  jq -r '.[] | select(.scenario == "good" and .template.metadata.name == "switched-health") | .template.spec.metrics[0].provider.job.spec.template.spec.containers[0].command | @sh' "$series/all.json" >"$series/health"
  for answer in good bad empty nan page nothing text other missing; do
    eval "command=($(sed "s#http://[^/]*/#http://127.0.0.1:$answers/$answer/#" "$series/health"))"
    got=fails wanted=fails
    [ "$answer" != good ] || wanted=holds
    if no_proxy='*' "${command[@]}"; then got=holds; fi
    echo "$answer: $got"
    [ "$got" = "$wanted" ]
  done
}

rm -rf "$series"
mkdir "$series"
check 'analyses: the fleet compiles, once for each scenario' compile
check 'analyses: promtool reads every query' queries
check 'analyses: canned series become the history of a Prometheus' history
"$(dirname "$(command -v promtool)")/prometheus" --config.file "$series/prometheus.yaml" --storage.tsdb.path "$series/tsdb" \
  --storage.tsdb.retention.time 1d --web.listen-address "127.0.0.1:$port" >"$series/prometheus.log" 2>&1 &
processes+=($!)
python3 "$here/checks/answers.py" "$answers" >"$series/answers.log" 2>&1 &
processes+=($!)
check 'analyses: it answers' within 120 'Prometheus and the answers are ready' answers_ready
check 'analyses: what is no JSON, or another, is not health' health
check 'analyses: runs are made' runs
check 'analyses: all of them end' table
check 'analyses: the verdicts are those that are recorded' verdicts
