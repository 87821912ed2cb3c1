#!/usr/bin/env bash
# Times Tiphys on fleets of 10, 100 and 1,000 services in two environments, beside `cp -r` of the result and the peers that are installed.
# usage: run.sh [SERVICES...]     RUNS is how often each is run (3; medians count)
# Peers are found on PATH: jrsonnet (or $JRSONNET), kustomize and helm. Needs GNU time and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
sizes=("${@:-10 100 1000}")
read -ra sizes <<<"${sizes[*]}"
runs=${RUNS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jrsonnet=${JRSONNET:-$(type -P jrsonnet || true)}

cargo build --release --locked --quiet
tiphys=$PWD/target/release/tiphys
median() { sort -n | awk '{v[NR] = $1} END {printf "%.3f", v[int((NR + 1) / 2)]}'; }

# once ROW COMMAND...: one run; adds "wall cpu MiB" to the row's file of this size. What the command prints is the result, not ours.
once() {
  local row=$work/rows/$n/${1// /_}
  shift
  # Finer than what GNU time gives.
  local begin=$EPOCHREALTIME
  command time -o "$work/time" -f '%U %S %M' "$@" >/dev/null 2>"$work/stderr" || {
    tail -n 5 "$work/stderr" >&2
    echo "failed: $*" >&2
    exit 1
  }
  awk -v begin="$begin" -v end="$EPOCHREALTIME" '{printf "%.3f %.3f %.1f\n", end - begin, $1 + $2, $3 / 1024}' "$work/time" >>"$row"
}
value() { cut -d' ' -f"$3" "$work/rows/$1/${2// /_}" | median; }

measure() {
  local fleet=$work/fleet-$n peers=$work/peers-$n run
  mkdir -p "$work/rows/$n"
  cargo bench --quiet --bench fleet -- "$n" "$fleet"
  python3 benches/peers/fleet.py --services "$n" --format jsonnet --out "$peers/jsonnet"
  # Ours and the peers take turns, so that a busy moment hits both. Without the folder there is no seal: the first build is cold.
  for ((run = 0; run < runs; run++)); do
    rm -rf "$fleet/generated" "$work/copy" "$work/out" && mkdir "$work/out"
    once 'build' "$tiphys" -C "$fleet" build
    once 'build again' "$tiphys" -C "$fleet" build
    # As after a checkout: the tree is right, and nothing proves it but a compilation.
    rm -rf "$fleet/generated/.tiphys/cache"
    once 'build, no seal' "$tiphys" -C "$fleet" build
    [ -z "$jrsonnet" ] || once 'jrsonnet -m' env -C "$peers/jsonnet" "$jrsonnet" -m "$work/out" main.jsonnet
    once 'check' "$tiphys" -C "$fleet" check
    once 'one service' "$tiphys" -C "$fleet" build --env production --service svc-0001 --stdout
    once 'cp -r' cp -r "$fleet/generated" "$work/copy"
    # Minutes at 1,000 services: one run tells enough.
    [ "$n" -gt 100 ] && [ "$run" -gt 0 ] || slow_peers "$peers"
  done
  find "$fleet/generated" -name '*.yaml' -not -path '*/.tiphys/*' | wc -l >"$work/rows/$n/objects"
  du -sb --apparent-size "$fleet/generated" | cut -f1 >"$work/rows/$n/bytes"
}

# One process for each service and environment, on all cores: how they are used.
slow_peers() {
  local format
  for format in kustomize helm; do
    type -P "$format" >/dev/null || continue
    [ -d "$1/$format" ] || python3 benches/peers/fleet.py --services "$n" --format "$format" --out "$1/$format"
  done
  [ ! -d "$1/kustomize" ] || once 'kustomize build, each' env -C "$1/kustomize" OUT="$work/out" sh -c \
    'ls -d services/*/production services/*/staging apps/* | xargs -P"$(nproc)" -I{} sh -c '\''kustomize build {} -o "$OUT/$(echo {} | tr / -).yaml"'\'
  [ ! -d "$1/helm" ] || once 'helm template, each' env -C "$1/helm" OUT="$work/out" sh -c \
    'ls services/*/production.yaml services/*/staging.yaml | xargs -P"$(nproc)" -I{} sh -c '\''helm template x chart -f "$(dirname {})/values.yaml" -f {} >"$OUT/$(echo {} | tr / -)"'\'
}

# The fleet in `environments/`: times of whole processes, and how many lines people write for what comes out.
reference() {
  local out=$work/reference run
  n=reference
  mkdir -p "$work/rows/$n"
  for ((run = 0; run < runs + 2; run++)); do
    rm -rf "$out"
    once 'build' "$tiphys" build --out "$out"
    once 'build again' "$tiphys" build --out "$out"
    once 'check' "$tiphys" check
    once 'one service' "$tiphys" build --env production --service currencyservice --stdout
  done
  echo "reference fleet: $(find generated -name '*.yaml' -not -path '*/.tiphys/*' | wc -l) objects, wall s / cpu s / MiB"
  for row in 'build' 'build again' 'check' 'one service'; do
    echo "  $row: $(value "$n" "$row" 1) / $(value "$n" "$row" 2) / $(value "$n" "$row" 3)"
  done
  echo "lines of spec, without empty ones and comments"
  local file lines=()
  for file in environments/services/*.kdl; do lines+=("$(written "$file")"); done
  echo "  services: ${#lines[@]} files, median $(printf '%s\n' "${lines[@]}" | sort -n | sed -n "$((${#lines[@]} / 2 + 1))p"), longest $(printf '%s\n' "${lines[@]}" | sort -n | tail -n 1)"
  for file in environments/*.kdl environments/*/*.kdl; do
    [[ $file == environments/services/* ]] || echo "  $file: $(written "$file")"
  done
  echo "  all of environments/: $(find environments -name '*.kdl' -exec cat {} + | written)"
  echo "lines of manifests in generated/: $(find generated -name '*.yaml' -not -path '*/.tiphys/*' -exec cat {} + | wc -l)"
}
written() { grep -cvE '^[[:space:]]*(//.*)?$' "$@"; }

reference
echo
for n in "${sizes[@]}"; do measure; done

echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), median of $runs runs; services x 2 environments"
printf '%-24s' 'wall s / cpu s / MiB'
for n in "${sizes[@]}"; do printf '%28s' "N=$n ($(cat "$work/rows/$n/objects") objects)"; done
echo
for row in 'build' 'build again' 'build, no seal' 'check' 'one service' 'cp -r' 'jrsonnet -m' 'kustomize build, each' 'helm template, each'; do
  [ -e "$work/rows/${sizes[0]}/${row// /_}" ] || continue
  printf '%-24s' "$row"
  for n in "${sizes[@]}"; do
    if [ -e "$work/rows/$n/${row// /_}" ]; then printf '%28s' "$(value "$n" "$row" 1) / $(value "$n" "$row" 2) / $(value "$n" "$row" 3)"; else printf '%28s' -; fi
  done
  echo
done

# ratio NAME A B: wall of A over wall of B, median over the pairs of one run.
ratio() {
  [ -e "$work/rows/${sizes[0]}/${2// /_}" ] && [ -e "$work/rows/${sizes[0]}/${3// /_}" ] || return 0
  printf '%-24s' "$1"
  for n in "${sizes[@]}"; do
    if [ -e "$work/rows/$n/${2// /_}" ] && [ -e "$work/rows/$n/${3// /_}" ]; then
      printf '%28s' "$(paste -d' ' "$work/rows/$n/${2// /_}" "$work/rows/$n/${3// /_}" | awk 'NF == 6 {print $1 / $4}' | median)"
    else printf '%28s' -; fi
  done
  echo
}
echo
ratio 'build : jrsonnet -m' 'build' 'jrsonnet -m'
ratio 'build : cp -r' 'build' 'cp -r'
ratio 'build again : build' 'build again' 'build'
ratio 'kustomize : build' 'kustomize build, each' 'build'
ratio 'helm : build' 'helm template, each' 'build'
last=${sizes[-1]}
if [ ${#sizes[@]} -gt 1 ]; then
  previous=${sizes[-2]}
  for row in 'build' 'check' 'jrsonnet -m'; do
    [ -e "$work/rows/$last/${row// /_}" ] || continue
    echo "growth of $row, wall and cpu, $previous to $last: $(for i in 1 2; do
      awk -v a="$(value "$previous" "$row" $i)" -v b="$(value "$last" "$row" $i)" -v n="$((last / previous))" 'BEGIN {printf "%.2f ", log(b / (a > 0 ? a : 0.001)) / log(n)}'
    done)"
  done
fi
