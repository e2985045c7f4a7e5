#!/bin/sh
# Holds the mesh's interface. A container of its own, so that a new plane does not take the tunnel down: a userspace interface dies with
# its process. Where the kernel knows WireGuard, the interface is the kernel's and this only waits.
set -u
interface=dswarm0
trap 'exit 0' TERM INT
if [ -e /sys/class/net/$interface ] && wg show $interface >/dev/null 2>&1 || /bin/ip link add $interface type wireguard 2>/dev/null; then
  while :; do sleep 3600 & wait $!; done
fi
exec wireguard-go -f $interface
