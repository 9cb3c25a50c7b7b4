#!/bin/sh
# Makes ./configure from configure.ac. Only needed in a git checkout.
set -e
cd "$(dirname "$0")"
mkdir -p build-aux
exec autoreconf --install --force
