#!/usr/bin/env bash
# Starts a real Kubernetes control plane with fake nodes, on loopback, and waits until it works.
# usage: up.sh STATE_DIR [--with rollouts,argocd,prometheus] [--plugin DIR]... [--router FILE] [--metrics FILE]... [--crds DIR]
#              [--nodes N] [--port N] [--bin BIN_DIR]
#   --with    what to add: rollouts (Argo Rollouts), argocd (Argo CD: server, application, applicationset, repo server, redis), prometheus
#   --plugin  folder with a plugin.yaml: a config-management plugin to serve to Argo CD; its commands are found on PATH
#   --router  program that Argo Rollouts knows as argoproj-labs/gatewayAPI (BIN_DIR/gateway-router, a stand-in)
#   --metrics samples for Prometheus to start with, in the OpenMetrics format with times
#   --crds    folder of CustomResourceDefinitions, read with all that is below it (those that the compiler bundles)
#   --nodes   how many fake nodes, each in one of three zones (3)
#   --port    first of 20 ports to use (a free block)
#   --bin     what build.sh filled
# afterwards: . STATE_DIR/env, which sets KUBECONFIG, PATH and what the argocd command needs.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

usage() { die "$(sed -n 's/^# usage: /usage: /p; s/^#  *\[/  [/p' "$0")"; }

state=${1:-}
case $state in '' | -*) usage ;; esac
shift
with=, plugins=() router='' metrics=() crds='' nodes=3 port='' bin=$default_bin_dir
while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || usage
  case $1 in
  --with) with=,$2, ;;
  --plugin) plugins+=("$(cd "$2" && pwd)") ;;
  --router) router=$(realpath "$2") ;;
  --metrics) metrics+=("$2") ;;
  --crds) crds=$2 ;;
  --nodes) nodes=$2 ;;
  --port) port=$2 ;;
  --bin) bin=$2 ;;
  *) usage ;;
  esac
  shift 2
done
for name in ${with//,/ }; do
  case $name in rollouts | argocd | prometheus) ;; *) usage ;; esac
done
wanted() { case $with in *",$1,"*) ;; *) false ;; esac }

[ -x "$bin/argocd" ] || die "$bin is not built: run build.sh"
bin=$(cd "$bin" && pwd)
router=${router:-$bin/gateway-router}
[ -x "$router" ] || die "$router is no program"
mkdir -p "$state"
state=$(cd "$state" && pwd)
# What is cleared below must be ours.
[ -e "$state/pids" ] || [ -z "$(ls -A "$state")" ] || die "$state holds something else"
# A socket's path has at most 107 bytes, and a plugin's socket lies in STATE_DIR/plugins.
[ ${#state} -le 70 ] || die "STATE_DIR is too long for sockets in it: $state"
for file in "$state"/pids/*; do
  if [ -e "$file" ] && alive "$file"; then die "$state is up: run down.sh first"; fi
done
for name in pids logs pki etcd home tmp plugins argocd rollouts prometheus crds; do
  rm -rf "${state:?}/$name"
  mkdir -p "$state/$name"
done

if [ -z "$crds" ]; then
  crds=$state/crds
  bundled_crds "$crds"
fi
[ -n "$(ls "$crds")" ] || die "no definitions in $crds"

# The block is free when nobody listens in it; starting at a random one keeps two calls at the same time apart.
taken() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free() {
  local p
  for p in $(seq "$1" $(($1 + 19))); do ! taken "$p" || return 1; done
}
if [ -z "$port" ]; then
  port=$((21000 + RANDOM % 500 * 20))
  until free "$port"; do port=$((port + 20)); done
else
  free "$port" || die "a port in $port..$((port + 19)) is taken"
fi
etcd=$port etcd_peer=$((port + 1)) api=$((port + 2)) rollouts_health=$((port + 3)) rollouts_metrics=$((port + 4))
redis=$((port + 5)) repo=$((port + 6)) repo_metrics=$((port + 7)) app_metrics=$((port + 8))
set_metrics=$((port + 9)) set_probe=$((port + 10)) set_webhook=$((port + 11)) server=$((port + 12)) server_metrics=$((port + 13))
prometheus=$((port + 14))

trap '[ $? -eq 0 ] || { echo "up.sh: failed; the logs are in $state/logs" >&2; "$here/down.sh" "$state"; }' EXIT

# start NAME COMMAND...: in the background, with a home of its own so that nothing of the user's configuration leaks in.
start() {
  local name=$1
  shift
  HOME=$state/home TMPDIR=$state/tmp PATH=$bin:$PATH "$@" >"$state/logs/$name.log" 2>&1 </dev/null &
  disown
  echo "$! $(start_time $!)" >"$state/pids/$name"
}

# ready SECONDS NAME COMMAND...: waits for COMMAND to succeed, and gives up at once when the process ends.
ready() {
  local limit=$1 name=$2
  shift 2
  answers_or_ended() { "$@" || ! alive "$state/pids/$name"; }
  within "$limit" "$name is ready" answers_or_ended "$@"
  alive "$state/pids/$name" || die "$name ended: $(tail -n 1 "$state/logs/$name.log")"
}
url() { curl -fsS --noproxy '*' --max-time 2 "$1"; }
k() { KUBECACHEDIR=$state/tmp/kubectl "$bin/kubectl" --kubeconfig "$state/kubeconfig" "$@"; }

# Control plane. The server makes its own certificate, which clients trust as it is.
token=$(openssl rand -hex 16)
(
  umask 077
  echo "$token,admin,admin,system:masters" >"$state/pki/tokens.csv"
  openssl ecparam -name prime256v1 -genkey -noout -out "$state/pki/accounts.key"
  cat >"$state/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: tiphys
clusters: [{name: tiphys, cluster: {server: "https://127.0.0.1:$api", certificate-authority: $state/pki/apiserver.crt}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: tiphys, context: {cluster: tiphys, user: admin}}]
YAML
)
cat >"$state/env" <<SH
export KUBECONFIG='$state/kubeconfig' KUBECACHEDIR='$state/tmp/kubectl' PATH='$bin':"\$PATH" TIPHYS_CLUSTER_PORT=$port
export ARGOCD_SERVER=127.0.0.1:$server ARGOCD_OPTS=--plaintext
export PROMETHEUS_URL=http://127.0.0.1:$prometheus
SH

start etcd "$bin/etcd" --data-dir "$state/etcd" --log-level warn --unsafe-no-fsync \
  --listen-client-urls "http://127.0.0.1:$etcd" --advertise-client-urls "http://127.0.0.1:$etcd" \
  --listen-peer-urls "http://127.0.0.1:$etcd_peer" --initial-advertise-peer-urls "http://127.0.0.1:$etcd_peer" \
  --initial-cluster "default=http://127.0.0.1:$etcd_peer"
# Collecting garbage less often, up to a limit, saves a third of the time that it takes to learn the definitions.
start kube-apiserver env GOGC=400 GOMEMLIMIT=1200MiB "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$etcd" \
  --bind-address 127.0.0.1 --secure-port "$api" --advertise-address 127.0.0.1 --endpoint-reconciler-type none \
  --cert-dir "$state/pki" --token-auth-file "$state/pki/tokens.csv" \
  --service-account-issuer https://kubernetes.default.svc \
  --service-account-key-file "$state/pki/accounts.key" --service-account-signing-key-file "$state/pki/accounts.key" \
  --service-cluster-ip-range 10.96.0.0/16 --authorization-mode Node,RBAC --allow-privileged

# What Argo CD needs and Kubernetes does not, meanwhile.
argo() {
  local name=$1
  shift
  start "$name" env ARGOCD_FAKE_IN_CLUSTER=true KUBECONFIG="$state/kubeconfig" REDIS_PASSWORD= \
    ARGOCD_GPG_ENABLED=false ARGOCD_GNUPGHOME="$state/argocd/gpg" ARGOCD_TLS_DATA_PATH="$state/argocd" ARGOCD_SSH_DATA_PATH="$state/argocd" \
    ARGOCD_PLUGINSOCKFILEPATH="$state/plugins" "$bin/argocd-$name" "$@"
}
if wanted argocd; then
  start redis "$bin/redis-server" --bind 127.0.0.1 --port "$redis" --save '' --appendonly no --dir "$state/tmp"
  for plugin in ${plugins[@]+"${plugins[@]}"}; do
    start "plugin-${plugin##*/}" env ARGOCD_PLUGINSOCKFILEPATH="$state/plugins" "$bin/argocd-cmp-server" --config-dir-path "$plugin"
  done
  argo repo-server --address 127.0.0.1 --port "$repo" --metrics-address 127.0.0.1 --metrics-port "$repo_metrics" \
    --redis "127.0.0.1:$redis" --disable-tls --client-ca-path ''
fi

# Tests feed it: what listens on N+18 and N+19 is asked once a second. A sample's labels and time are taken as they are.
if wanted prometheus; then
  for file in ${metrics[@]+"${metrics[@]}"}; do
    "$bin/promtool" tsdb create-blocks-from openmetrics "$file" "$state/prometheus" >>"$state/logs/promtool.log" 2>&1 ||
      die "$file: $(tail -n 1 "$state/logs/promtool.log")"
  done
  cat >"$state/prometheus.yaml" <<YAML
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - {job_name: tests, honor_labels: true, static_configs: [{targets: ["127.0.0.1:$((port + 18))", "127.0.0.1:$((port + 19))"]}]}
YAML
  start prometheus "$bin/prometheus" --config.file "$state/prometheus.yaml" --storage.tsdb.path "$state/prometheus" \
    --web.listen-address "127.0.0.1:$prometheus" --web.enable-remote-write-receiver --web.enable-admin-api --web.enable-lifecycle
fi

ready 180 etcd url "http://127.0.0.1:$etcd/readyz"
ready 180 kube-apiserver k get --raw /readyz
# Without a metrics server an HPA would be Degraded for ever: its controller is off, and the stand-ins of the checks say what it would.
start kube-controller-manager "$bin/kube-controller-manager" --kubeconfig "$state/kubeconfig" --secure-port 0 --leader-elect=false \
  --use-service-account-credentials --service-account-private-key-file "$state/pki/accounts.key" --root-ca-file "$state/pki/apiserver.crt" \
  --controllers '*,-horizontal-pod-autoscaler-controller' --kube-api-qps 200 --kube-api-burst 400
start kube-scheduler "$bin/kube-scheduler" --kubeconfig "$state/kubeconfig" --secure-port 0 --leader-elect=false \
  --kube-api-qps 200 --kube-api-burst 400

# All definitions, whatever runs: the API server is also the oracle for manifests that no controller here acts on.
for folder in "$bin/manifests/kwok" "$crds"; do
  k apply --server-side -R -f "$folder" >"$state/logs/apply-$(basename "$folder").log" 2>&1 &
  applies+=($!)
done
for pid in "${applies[@]}"; do wait "$pid" || die "could not apply the definitions: $(cat "$state"/logs/apply-*.log | grep -v applied)"; done
# A definition without any condition yet makes the command fail at once, so it is repeated.
within 180 'all definitions are established' k wait --for condition=Established --all crd --timeout 60s

# What a fake pod lives through is in Stage objects, which a test may add to or change.
k apply -f "$bin/manifests/kwok-stages" >/dev/null
# Without leases every node would be lost after 50 s, for some seconds, with all its pods.
start kwok "$bin/kwok" --kubeconfig "$state/kubeconfig" --manage-all-nodes --node-lease-duration-seconds 40 --enable-crds Stage \
  --cidr 10.244.0.0/16 --node-ip 127.0.0.1
for i in $(seq "$nodes"); do
  echo "{apiVersion: v1, kind: Node, metadata: {name: node-$i, annotations: {kwok.x-k8s.io/node: fake}, labels: {kubernetes.io/hostname: node-$i, topology.kubernetes.io/zone: zone-$((i % 3)), kubernetes.io/os: linux, kubernetes.io/arch: amd64}}}"
  echo ---
done | k apply -f - >/dev/null

if wanted rollouts; then
  k create namespace argo-rollouts >/dev/null
  k create configmap argo-rollouts-config -n argo-rollouts \
    --from-literal "trafficRouterPlugins=[{name: argoproj-labs/gatewayAPI, location: 'file://$router'}]" >/dev/null
  # It copies its plugins into the current directory, and starts them with its own environment.
  start rollouts-controller env -C "$state/rollouts" KUBECONFIG="$state/kubeconfig" \
    "$bin/rollouts-controller" --kubeconfig "$state/kubeconfig" --namespace argo-rollouts --leader-elect=false \
    --healthzPort "$rollouts_health" --metricsPort "$rollouts_metrics" --qps 200 --burst 400
fi
if wanted argocd; then
  k create namespace argocd >/dev/null
  k apply --server-side -n argocd -f "$bin/manifests/argo-cd-config" >/dev/null
  # The server makes the default AppProject and the signing key at its first start: nothing syncs without it.
  argo server --kubeconfig "$state/kubeconfig" --namespace argocd --insecure --disable-auth \
    --address 127.0.0.1 --port "$server" --metrics-address 127.0.0.1 --metrics-port "$server_metrics" \
    --redis "127.0.0.1:$redis" --repo-server "127.0.0.1:$repo" --repo-server-plaintext
  argo application-controller --kubeconfig "$state/kubeconfig" --namespace argocd --metrics-port "$app_metrics" \
    --redis "127.0.0.1:$redis" --repo-server "127.0.0.1:$repo" --repo-server-plaintext
  argo applicationset-controller --kubeconfig "$state/kubeconfig" --namespace argocd \
    --metrics-addr "127.0.0.1:$set_metrics" --probe-addr "127.0.0.1:$set_probe" --webhook-addr "127.0.0.1:$set_webhook" \
    --argocd-repo-server "127.0.0.1:$repo" --repo-server-plaintext
  ready 180 server url "http://127.0.0.1:$server/healthz"
  ready 180 server k get appproject -n argocd default
  ready 180 repo-server url "http://127.0.0.1:$repo_metrics/healthz"
  ready 180 application-controller url "http://127.0.0.1:$app_metrics/healthz"
  ready 180 applicationset-controller url "http://127.0.0.1:$set_metrics/metrics"
fi
! wanted rollouts || ready 180 rollouts-controller url "http://127.0.0.1:$rollouts_health/healthz"
! wanted prometheus || ready 180 prometheus url "http://127.0.0.1:$prometheus/-/ready"
ready 180 kube-controller-manager k get serviceaccount default
ready 180 kwok k wait --for condition=Ready --all node --timeout 1s
for file in "$state"/pids/*; do alive "$file" || die "$(basename "$file") ended"; done
echo "up in $SECONDS s: . $state/env"
