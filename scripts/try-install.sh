#!/bin/sh
# Installs the packed package into an empty project, as a dependant does, and uses it there. Needs the npm
# registry and about a minute:  sh scripts/try-install.sh [folder]
set -eu
cd "$(dirname "$0")/.."
folder=${1:-$(mktemp -d)}

npm run --silent build
npm pack --silent --pack-destination "$folder"
mkdir -p "$folder/project"
cd "$folder/project"
npm init --yes >/dev/null
npm install --no-audit --no-fund "$folder"/balgrad-*.tgz
npx --no-install balgrad train --epochs 1 --out run
npx --no-install balgrad predict run --text "a sleeping cat"
echo "installed and used in $folder/project"
