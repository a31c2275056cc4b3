#!/bin/sh
# Installs Debian's Java for PySpark when it is missing and we may; says what to do otherwise.
set -e
if command -v java >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null
else
  echo "No Java found, so the tests with Spark are left out. As root on Debian: apt-get install default-jre-headless" >&2
fi
