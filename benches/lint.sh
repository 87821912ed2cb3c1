#!/usr/bin/env bash
# Times `tiphys lint` on 10,000 objects beside `kubeconform -strict`, and kube-linter where it is on PATH, on the same files in one run.
# usage: lint.sh [SERVICES]     SERVICES is the size of the fleet that the objects are of; RUNS is how often each is run (5; medians count)
# kubeconform is looked for on PATH and where tests/cluster/build.sh puts it. Its schemas are those of the bundle, as files. Needs GNU time and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
services=${1:-380}
runs=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kubeconform=$(type -P kubeconform || echo "${XDG_CACHE_HOME:-$HOME/.cache}/tiphys/cluster/kubeconform")

[ -n "${TIPHYS:-}" ] || cargo build --release --locked --quiet
tiphys=${TIPHYS:-$PWD/target/release/tiphys}
cargo bench --quiet --bench fleet -- "$services" "$work/fleet"
"$tiphys" -C "$work/fleet" build >/dev/null 2>&1
python3 benches/peers/schemas.py schemas/kubernetes/sources "$work/schemas"

# Ten thousand objects, each in a file of its own, and the same ones as one stream.
mkdir "$work/files"
(cd "$work/fleet/generated" && find . -name '*.yaml' -not -path '*/.tiphys/*' | sort | sed -n '1,10000p' | xargs cp --parents -t "$work/files")
n=$(find "$work/files" -type f | wc -l)
find "$work/files" -type f | sort | xargs awk 'FNR == 1 {print "---"} {print}' >"$work/stream.yaml"
median() { sort -n | awk '{v[NR] = $1} END {printf "%.3f", v[int((NR + 1) / 2)]}'; }

# once ROW COMMAND...: one run; adds "wall cpu MiB". A code above 3 is a failure, findings are none.
once() {
  local row=$work/row-${1// /_} code=0
  shift
  local begin=$EPOCHREALTIME
  command time -o "$work/time" -f '%U %S %M' "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
  local end=$EPOCHREALTIME
  [ "$code" -le 3 ] || { tail -n 5 "$work/stderr" >&2 && exit 1; }
  tail -n 1 "$work/time" | awk -v begin="$begin" -v end="$end" '{printf "%.3f %.3f %.1f\n", end - begin, $1 + $2, $3 / 1024}' >>"$row"
}
value() { cut -d' ' -f"$2" "$work/row-${1// /_}" | median; }

rows=('lint, files' 'lint, one stream')
location="$work/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
[ ! -x "$kubeconform" ] || rows+=('kubeconform, files' 'kubeconform, one stream')
! type -P kube-linter >/dev/null || rows+=('kube-linter, files')
# They take turns, so that a busy moment hits all.
for ((run = 0; run < runs; run++)); do
  for row in "${rows[@]}"; do
    case $row in
      'lint, files') once "$row" "$tiphys" lint "$work/files" ;;
      'lint, one stream') once "$row" "$tiphys" lint "$work/stream.yaml" ;;
      'kubeconform, files') once "$row" "$kubeconform" -strict -summary -n "$(nproc)" -schema-location "$location" "$work/files" && cp "$work/stdout" "$work/conform" ;;
      'kubeconform, one stream') once "$row" "$kubeconform" -strict -summary -n "$(nproc)" -schema-location "$location" "$work/stream.yaml" ;;
      'kube-linter, files') once "$row" kube-linter lint "$work/files" ;;
    esac
  done
done

echo "$n objects, $(du -sb --apparent-size "$work/stream.yaml" | cut -f1) bytes; $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), median of $runs runs: wall s / cpu s / MiB"
for row in "${rows[@]}"; do printf '%-26s%s / %s / %s\n' "$row" "$(value "$row" 1)" "$(value "$row" 2)" "$(value "$row" 3)"; done
[ ! -e "$work/conform" ] || echo "kubeconform says: $(tail -n 1 "$work/conform")"
echo "lint says: $("$tiphys" lint "$work/files" 2>&1 | tail -n 1)"
