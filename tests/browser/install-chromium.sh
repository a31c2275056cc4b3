#!/bin/sh
# Installs Debian's Chromium when it is missing and we may; says what to do otherwise.
set -e
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "No Chromium found, so the browser tests are left out. As root on Debian: apt-get install chromium" >&2
fi
