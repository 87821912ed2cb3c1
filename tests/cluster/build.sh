#!/usr/bin/env bash
# Builds the programs of the test cluster and gathers the manifests they need. Skips what is already there at its pins.
# usage: build.sh [BIN_DIR]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

bin=${1:-$default_bin_dir}
mkdir -p "$bin/manifests" "$bin/.keys"
bin=$(cd "$bin" && pwd)

# The go.mod and go.sum files say everything: no workspace, no toolchain download, no C compiler, no flags from outside.
export GOFLAGS=-mod=readonly GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0

# fresh NAME KEY: NAME was made from the same KEY.
fresh() { [ "$(cat "$bin/.keys/$1" 2>/dev/null)" = "$2" ] && [ -e "$bin/$1" ]; }

# done_with NAME KEY START
done_with() {
  printf '%s' "$2" >"$bin/.keys/${1//\//_}"
  printf '%-32s %4d s  %4d MiB\n' "$1" "$((SECONDS - $3))" "$(du -sm "$bin/$1" | cut -f1)"
}

# pinned MODULE PATH VERSION: the module folder requires exactly that version.
pinned() {
  local got
  got=$(cd "$here/modules/$1" && go list -m -f '{{.Version}}' "$2")
  [ "$got" = "v$3" ] || die "versions.env says $2 $3, modules/$1/go.mod $got"
}

# compile MODULE NAME PACKAGE [LINKER_FLAGS]
compile() {
  local key start=$SECONDS ldflags="-s -w ${4:-}"
  key=$(cd "$here/modules/$1" && {
    go version && echo "$3 $ldflags" && cat go.mod go.sum
    case $3 in ./*) cat "$3"/*.go ;; esac
  } | sha256sum)
  fresh "$2" "$key" && return
  (cd "$here/modules/$1" && nice go build -trimpath -buildvcs=false -ldflags "$ldflags" -o "$bin/$2" "$3")
  done_with "$2" "$key" "$start"
}

# gather NAME VERSION FILE...: copies the YAML files into manifests/NAME.
gather() {
  local name=$1 key="$2 ${*##*/}" file start=$SECONDS
  [ "$(cat "$bin/.keys/manifests_$name" 2>/dev/null)" = "$key" ] && return
  shift 2
  rm -rf "${bin:?}/manifests/$name"
  mkdir "$bin/manifests/$name"
  for file in "$@"; do
    case $file in */kustomization.yaml) ;; *) install -m 644 "$file" "$bin/manifests/$name" ;; esac
  done
  done_with "manifests/$name" "$key" "$start"
}

pinned kubernetes k8s.io/kubernetes "$KUBERNETES_VERSION"
pinned kubernetes go.etcd.io/etcd/server/v3 "$ETCD_VERSION"
pinned kwok sigs.k8s.io/kwok "$KWOK_VERSION"
pinned argo-rollouts github.com/argoproj/argo-rollouts "$ARGO_ROLLOUTS_VERSION"
pinned kubeconform github.com/yannh/kubeconform "$KUBECONFORM_VERSION"
pinned argo-cd github.com/argoproj/argo-cd/v3 "$ARGO_CD_VERSION"

# The servers tell clients their version: without these flags it is a placeholder that Argo CD cannot parse.
IFS=. read -r major minor _ <<<"$KUBERNETES_VERSION"
kubernetes=
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  kubernetes+=" -X $package.gitVersion=v$KUBERNETES_VERSION -X $package.gitMajor=$major -X $package.gitMinor=$minor"
done
rollouts="-X github.com/argoproj/argo-rollouts/utils/version.version=$ARGO_ROLLOUTS_VERSION"
argocd="-X github.com/argoproj/argo-cd/v3/common.version=$ARGO_CD_VERSION"

compile kubernetes etcd go.etcd.io/etcd/server/v3
compile kubernetes kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver "$kubernetes"
compile kubernetes kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager "$kubernetes"
compile kubernetes kube-scheduler k8s.io/kubernetes/cmd/kube-scheduler "$kubernetes"
compile kubernetes kubectl k8s.io/kubernetes/cmd/kubectl "$kubernetes"
compile kwok kwok sigs.k8s.io/kwok/cmd/kwok
compile kubeconform kubeconform github.com/yannh/kubeconform/cmd/kubeconform
compile argo-rollouts rollouts-controller github.com/argoproj/argo-rollouts/cmd/rollouts-controller "$rollouts"
compile argo-rollouts kubectl-argo-rollouts github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts "$rollouts"
compile argo-rollouts gateway-router ./gateway-router
compile argo-cd argocd github.com/argoproj/argo-cd/v3/cmd "$argocd"

# One program, whose name decides what it is.
for name in server repo-server application-controller applicationset-controller cmp-server; do
  ln -sf argocd "$bin/argocd-$name"
done

# Only the checks need it.
command -v jq >/dev/null || { apt-get update -qq && apt-get install -qq -y --no-install-recommends jq >/dev/null; }

# The redis-tools package holds the server too, under another name; the redis-server package would start a service.
if ! fresh redis-server redis-tools; then
  start=$SECONDS
  command -v redis-check-rdb >/dev/null || {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends redis-tools >/dev/null
  }
  ln -sf "$(command -v redis-check-rdb)" "$bin/redis-server"
  done_with redis-server redis-tools "$start"
fi

# Installing the package would start a service, and all that is needed of it is two programs.
if ! fresh prometheus unpacked || ! [ -x "$bin/promtool" ]; then
  start=$SECONDS
  work=$(mktemp -d)
  (
    cd "$work"
    apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus 2>/dev/null; }
    dpkg -x prometheus_*.deb .
    install -m 755 usr/bin/prometheus usr/bin/promtool "$bin/"
  )
  rm -rf "$work"
  done_with prometheus unpacked "$start"
fi

# of MODULE PATH: where the code of a compiled module lies.
of() { (cd "$here/modules/$1" && go list -m -f '{{.Dir}}' "$2"); }
argocd=$(of argo-cd github.com/argoproj/argo-cd/v3)
kwok=$(of kwok sigs.k8s.io/kwok)
# The repo server calls this one for every commit, signed or not.
install -m 755 "$argocd/hack/git-verify-wrapper.sh" "$bin/"
gather argo-cd-config "$ARGO_CD_VERSION" "$argocd"/manifests/base/config/*.yaml
gather kwok "$KWOK_VERSION" "$kwok"/kustomize/crd/bases/*_stages.yaml
gather kwok-stages "$KWOK_VERSION" "$kwok"/kustomize/stage/{node/fast,node/heartbeat-with-lease,pod/fast}/*.yaml
printf '%-32s %4d s  in %s\n' total "$SECONDS" "$bin"
