#!/usr/bin/env bash
# docs/openapi.yaml as others read it: a parser built on libyaml, and two generators whose output must compile together
# with a source that uses it. It needs Go, python3-yaml and npm; all that it makes stays in this folder.
set -euo pipefail
cd "$(dirname "$0")"
description=../../../docs/openapi.yaml

python3 -c 'import sys, yaml; yaml.load(open(sys.argv[1], encoding="utf-8"), Loader=yaml.CSafeLoader)' "$description"

mkdir -p generated
go tool oapi-codegen -config oapi-codegen.yaml "$description"
go vet ./...

if [ ! -d node_modules/typescript ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --ignore-scripts --no-audit --no-fund
fi
npx --no-install openapi-typescript "$description" -o generated/wire.ts
npx --no-install tsc --noEmit --strict source.ts
