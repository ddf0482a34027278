#!/usr/bin/env bash
# The live chat example in a real browser: builds the program and runs every *.test.js against it.
#   run.sh             all tests
#   run.sh talk away   only those
#   run.sh shots       draws the pictures in docs/ anew
# It needs Go and node 20 or later. Chromium is installed with apt-get if there is none; all else stays in this folder.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"
if [ ! -x "$CHROMIUM" ]; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
fi
command -v node >/dev/null || { echo "node is missing"; exit 1; }
if [ ! -d node_modules/playwright-core ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund
fi

if [ -z "${LIVECHAT:-}" ]; then # or another program that is started alike, such as one with another Store
	bin=$(mktemp -d)
	trap 'rm -rf "$bin"' EXIT
	go build -C "$root" -o "$bin/livechat" ./examples/livechat
	export LIVECHAT="$bin/livechat"
fi

if [ "${1:-}" = shots ]; then
	node shots.js "$root/docs"
	exit
fi
tests=()
for name in "$@"; do tests+=("$name.test.js"); done
[ ${#tests[@]} -gt 0 ] || tests=(*.test.js)
node --test --test-concurrency=1 --test-timeout=240000 --test-reporter=spec "${tests[@]}"
