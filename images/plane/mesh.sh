#!/bin/sh
# Holds what must not end with a plane that is replaced: the tunnel's interface and the resolvers. A container of its own, since a
# userspace interface dies with its process, and a resolver that is away for a moment fails somebody's request.
# The agent tells through a pipe what to read again: the name of a network's bridge. Resolvers that ended are started again.
set -u
interface=dswarm0
state=/state
run=/run/resolvers
pipe=$state/resolvers
tunnel=

ends() { [ -z "$tunnel" ] || kill "$tunnel" 2>/dev/null; exit 0; }
trap ends TERM INT

hold_tunnel() {
  # Where the kernel knows WireGuard, the interface is the kernel's and needs nobody.
  [ -e /sys/class/net/$interface ] && wg show $interface >/dev/null 2>&1 && return 0
  /bin/ip link add $interface type wireguard 2>/dev/null && return 0
  wireguard-go -f $interface &
  tunnel=$!
}
tunnel_stands() { [ -z "$tunnel" ] || kill -0 "$tunnel" 2>/dev/null; }

alive() { pid=$(cat "$1.pid" 2>/dev/null) && [ "$(readlink "/proc/$pid/exe")" = /bin/dnsmasq ]; }
same() { [ -e "$2" ] && [ "$(cat "$1")" = "$(cat "$2")" ]; }

# One a network. Its configuration changed: a new one.
keep_resolvers() {
  for file in $run/*.conf; do
    [ -e "$file" ] || continue
    same "$file" "$state/current/dns/${file##*/}" && continue
    ! alive "${file%.conf}" || kill "$pid"
    rm -f "$file" "${file%.conf}.pid"
  done
  for file in $state/current/dns/*.conf; do
    [ -e "$file" ] || continue
    id=${file##*/} id=${id%.conf}
    alive "$run/$id" && continue
    cat "$file" >"$run/$id.conf"
    dnsmasq --conf-file="$run/$id.conf" --pid-file="$run/$id.pid" --user=root --bind-dynamic || rm -f "$run/$id.conf"
  done
}
reread() { ! alive "$run/$1" || kill -HUP "$pid"; }

mkdir -p $run
rm -f $run/*
[ -p $pipe ] || { rm -f $pipe && mkfifo $pipe; }
hold_tunnel
# Opened for both, so that it neither waits for a writer nor ends with one.
exec 3<>$pipe
keep_resolvers
while tunnel_stands; do
  if read -r -t 2 id <&3; then
    case $id in
      all) for file in $run/*.pid; do file=${file##*/} && reread "${file%.pid}"; done ;;
      *[!a-z0-9_-]*) continue ;;
      *) reread "$id" ;;
    esac
  fi
  keep_resolvers
done
echo "the tunnel's program ended" >&2
exit 1
