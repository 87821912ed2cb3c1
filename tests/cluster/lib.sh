# shellcheck shell=bash
# Shared by build.sh, up.sh, down.sh and run.sh; sourced, never run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=versions.env
. "$here/versions.env"

# Where the programs are, unless told otherwise. Safe to cache between runs: build.sh rebuilds what no longer fits its pins.
# shellcheck disable=SC2034
default_bin_dir=${TIPHYS_CLUSTER_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/tiphys/cluster}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# within SECONDS WHAT COMMAND...: runs COMMAND until it succeeds; fails when SECONDS have passed.
within() {
  local limit=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || {
      echo "${0##*/}: not within $limit s: $what" >&2
      return 1
    }
    sleep 0.1
  done
}

# alive PIDFILE: the process of the file runs and is still the one that was started (same start time: pids get reused).
alive() {
  local pid start
  read -r pid start <"$1" && [ -n "$start" ] && [ "$start" = "$(start_time "$pid")" ]
}

start_time() {
  # The 22nd field; the second one, the name, may hold spaces and ends with the last parenthesis.
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# bundled_crds DIR: writes the definitions that the compiler bundles, a file for each project.
bundled_crds() {
  mkdir -p "$1"
  python3 - "$1" "$here"/../../schemas/kubernetes/sources/*.json.z <<'PYTHON'
import json, pathlib, sys, zlib

out, *paths = map(pathlib.Path, sys.argv[1:])
for path in paths:
    source = json.loads(zlib.decompress(path.read_bytes(), -15))
    items = [item for item in source["objects"] if item.get("kind") == "CustomResourceDefinition"]
    if items:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        (out / f"{source['name']}-{source['version']}.json").write_text(text)
PYTHON
}
