#!/bin/sh
# Installs the browser and the servers that tests are run against, where that is possible: Debian's
# packages, as root. Elsewhere it says what is missing; the tests that need them say so too and are
# skipped.
set -u
packages="chromium ffmpeg nginx-light motion gir1.2-gst-rtsp-server-1.0 python3-gi
	gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly"

missing=""
for package in $packages; do
	dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null |
		grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "not installed, some tests will be skipped:$missing" >&2
	exit 0
fi
# RUNLEVEL=1 keeps Debian's scripts from starting them as services: only the tests start them.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq &&
	apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
	echo "could not be installed, some tests will be skipped:$missing" >&2
exit 0
