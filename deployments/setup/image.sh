#!/usr/bin/env bash
# Build the decky image; a second run finds it up to date.
. "$(dirname "$0")/lib.sh"

step "Building the decky image" "$REPO/deployments/image/build.sh"
