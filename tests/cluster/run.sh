#!/usr/bin/env bash
# Runs all checks against the real controllers: brings one cluster up, checks, brings it down.
# usage: run.sh [--manifests DIR] [--crds DIR] [--only PATTERN] [--state DIR]
#   --manifests  a compiled tree, a folder for each environment (what environments/ and the fleet beside this script compile to)
#   --crds       folder of the definitions to install (those that the compiler bundles)
#   --only       only the checks whose file name matches, e.g. 'rollouts'
#   --state      keep the state and the logs there
# TIPHYS is the compiler to use (target/release/tiphys, or else target/debug/tiphys). Ends with `N passed, N failed`.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

root=$(cd "$here/../.." && pwd)
manifests='' crds='' only='' kept=''
while [ $# -gt 0 ]; do
  case $1 in
  --manifests) manifests=$2 ;;
  --crds) crds=$2 ;;
  --only) only=$2 ;;
  --state) kept=$2 ;;
  *) die "$(sed -n 's/^# usage: /usage: /p' "$0")" ;;
  esac
  shift 2
done
[ -z "$manifests" ] || [ -d "$manifests" ] || die "no manifests in $manifests"
tiphys=${TIPHYS:-$root/target/release/tiphys}
[ -x "$tiphys" ] || tiphys=$root/target/debug/tiphys
[ -x "$tiphys" ] || die "no compiler: run cargo build"
state=${kept:-$(mktemp -d)}
mkdir -p "$state"
state=$(cd "$state" && pwd)
stand_ins=

finish() {
  [ -z "$stand_ins" ] || kill "$stand_ins" || true
  "$here/down.sh" "$state"
  [ -n "$kept" ] || rm -rf "$state"
}
trap finish EXIT
"$here/up.sh" "$state" --with rollouts,argocd,prometheus ${crds:+--crds "$crds"}
# shellcheck source=/dev/null
. "$state/env"
# Checks use their own home: nothing of the user's git or kubectl settings leaks in.
export HOME=$state/home MANIFESTS WORK=$state/work TIPHYS=$tiphys FLEET=$here/fleet
rm -rf "$WORK" && mkdir "$WORK"
if [ -n "$manifests" ]; then
  MANIFESTS=$(cd "$manifests" && pwd)
else
  MANIFESTS=$WORK/manifests
  "$TIPHYS" -C "$root" build --out "$MANIFESTS" 2>&1 | tail -n 1
  "$TIPHYS" -C "$FLEET" build --out "$WORK/fixture" 2>&1 | tail -n 1
  cp -R "$WORK/fixture/test" "$MANIFESTS"
fi
"$here/checks/stand-ins.sh" >"$state/logs/stand-ins.log" 2>&1 &
stand_ins=$!

passed=0 failed=0
for file in "$here"/checks/[0-9]*.sh; do
  [[ ${file##*/} =~ $only ]] || continue
  "$file" >"$state/logs/${file##*/}.log" 2>&1 || echo "FAIL ${file##*/} ended with an error: $(tail -n 1 "$state/logs/${file##*/}.log")" >>"$state/logs/${file##*/}.log"
  cat "$state/logs/${file##*/}.log"
  passed=$((passed + $(grep -c '^ok ' "$state/logs/${file##*/}.log" || true)))
  failed=$((failed + $(grep -c '^FAIL ' "$state/logs/${file##*/}.log" || true)))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
