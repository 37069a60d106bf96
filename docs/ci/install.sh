#!/bin/sh
# twin in .venv, from wheels that are pinned by hash. What a cache brought is taken as it is: the wheels if
# requirements.txt is the same, the program with its compiled kernels if its source is the same.
set -eu
here=$(dirname "$0")
python=${PYTHON:-python3.11}
sums() { sha256sum "$@" | sha256sum | cut -c1-16; }
wheels=$(sums "$here/requirements.txt")
source=$(find twin pyproject.toml -type f ! -name '*.pyc' ! -name '*.nb[ic]' | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
pip="pip --quiet --disable-pip-version-check install"
if [ "$(cat .venv/wheels 2>/dev/null)" != "$wheels" ]; then
  rm -rf .venv
  "$python" -m venv .venv
  .venv/bin/python -m $pip --only-binary :all: --require-hashes -r "$here/requirements.txt"
  echo "$wheels" > .venv/wheels
fi
if [ "$(cat .venv/source 2>/dev/null)" != "$source" ]; then
  # built beside the checkout, which may be read only
  build=$(mktemp -d)
  cp -R twin pyproject.toml README.md LICENSE "$build"
  .venv/bin/python -m $pip --no-deps --no-index --no-build-isolation --force-reinstall "$build"
  rm -rf "$build"
  echo "$source" > .venv/source
fi
