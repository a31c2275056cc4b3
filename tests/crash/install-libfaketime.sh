#!/bin/sh
# Installs Debian's libfaketime when it is missing and we may; says what to do otherwise.
set -e
for library in /usr/lib/*/faketime/libfaketimeMT.so.1; do
  if [ -e "$library" ]; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libfaketime >/dev/null
else
  echo "No libfaketime found, so the crash tests leave out clock steps. As root on Debian: apt-get install libfaketime" >&2
fi
