#!/bin/sh
# The plane's agent. `agent run` is the container's process: it applies the last set of files at boot and keeps it applied.
# `agent session` speaks lines on stdin and stdout, one process a controller (docs/adr/0017):
#   put PATH BYTES, then so many bytes       stages a file; no answer
#   apply full GENERATION -                  the staged files become the set       -> ok GENERATION MS | error GENERATION BASE64
#   apply change GENERATION BASE             the staged files change the set BASE  -> the same
#   status                                   -> status GENERATION PUBLIC_KEY
# A set: ruleset.nft, changes.nft, wireguard.conf (without a key), mesh (lines: address CIDR, mtu N, route CIDR), dns/ID.conf, dns/ID.hosts,
# flush (lines: arguments of `conntrack -D`, once).
set -u
interface=dswarm0
state=/state
current=$state/current
run=/run/plane

# The marker stands in our table, in a rule: flushing the table empties it, deleting the table takes it along.
marker() { printf 'add table ip dswarm\nadd chain ip dswarm marker\nflush chain ip dswarm marker\nadd rule ip dswarm marker counter comment "generation-%s"\n' "$1"; }
generation_of() { cat "$1/generation" 2>/dev/null || echo 0; }

# One transaction: all of it or nothing.
load_rules() {
  { cat "$1/ruleset.nft"; [ ! -e "$1/changes.nft" ] || cat "$1/changes.nft"; marker "$(generation_of "$1")"; } >$run/rules.nft
  nft -f $run/rules.nft
}
rules_stand() { nft list chain ip dswarm marker 2>/dev/null | grep -q "\"generation-$(generation_of $current)\""; }

# Docker's FORWARD chain drops by policy; what may pass between our interfaces is decided in table ip dswarm, before it.
accept_forwarding() {
  nft list chain ip filter DOCKER-USER >$run/forward 2>/dev/null || return 0
  grep -q "\"$interface\"" $run/forward && return 0
  for match in "iifname \"$interface\"" "oifname \"$interface\"" 'oifname "dsw*"'; do
    echo "insert rule ip filter DOCKER-USER $match counter accept"
  done | nft -f -
}

mesh_lines() { sed -n "s/^$1 \([0-9a-f.:/]*\)\$/\1/p" "$current_set/mesh"; }
# busybox has an ip of its own, which its shell prefers to the one of that name in /bin.
# wg reads the key from a pipe of this file; it never enters a set.
load_mesh() {
  current_set=$1
  [ -s "$1/wireguard.conf" ] || return 0
  [ -e /sys/class/net/$interface ] || { echo "the interface $interface is not there: is the container dswarm-mesh running?" >&2; return 1; }
  { echo '[Interface]'; echo "PrivateKey = $(cat $state/key)"; sed '/^\[Interface\]/d' "$1/wireguard.conf"; } >$run/wireguard.conf
  wg syncconf $interface $run/wireguard.conf || { rm -f $run/wireguard.conf; return 1; }
  rm -f $run/wireguard.conf
  for mtu in $(mesh_lines mtu); do /bin/ip link set $interface mtu "$mtu" || return 1; done
  /bin/ip link set $interface up || return 1
  for address in $(/bin/ip -o -4 addr show dev $interface | sed 's/.* inet \([^ ]*\).*/\1/'); do
    mesh_lines address | grep -qxF "${address%/32}/32" || /bin/ip addr del "$address" dev $interface
  done
  for address in $(mesh_lines address); do /bin/ip addr replace "$address" dev $interface || return 1; done
  for route in $(/bin/ip -4 route show dev $interface | cut -d' ' -f1); do
    mesh_lines route | grep -qxF "$route" || /bin/ip route del "$route" dev $interface
  done
  source=$(mesh_lines address | head -n 1)
  for route in $(mesh_lines route); do /bin/ip route replace "$route" dev $interface src "${source%/*}" || return 1; done
  /bin/ip link set $interface alias "dswarm $(sha256sum <"$1/wireguard.conf" | cut -c1-16)"
}
mesh_stands() {
  [ ! -s $current/wireguard.conf ] ||
    [ "$(cat /sys/class/net/$interface/ifalias 2>/dev/null)" = "dswarm $(sha256sum <$current/wireguard.conf | cut -c1-16)" ]
}

# One dnsmasq a network. Its configuration changed: a new one; its names changed: it reads them again.
alive() { pid=$(cat "$1.pid" 2>/dev/null) && [ "$(readlink "/proc/$pid/exe")" = /bin/dnsmasq ]; }
keep_names() {
  for file in $run/dns/*.conf; do
    [ -e "$file" ] || continue
    id=${file##*/}
    cmp_files "$file" "$current/dns/$id" && continue
    ! alive "${file%.conf}" || kill "$pid"
    rm -f "$file" "${file%.conf}.pid"
  done
  for file in $current/dns/*.conf; do
    [ -e "$file" ] || continue
    id=${file##*/} id=${id%.conf}
    alive "$run/dns/$id" && continue
    cat "$file" >"$run/dns/$id.conf"
    dnsmasq --conf-file="$run/dns/$id.conf" --pid-file="$run/dns/$id.pid" --user=root --bind-dynamic 8>&- 9>&- || rm -f "$run/dns/$id.conf"
  done
}
cmp_files() { [ -e "$2" ] && [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]; }
reread_names() { for file in $run/dns/*.pid; do [ ! -e "$file" ] || kill -HUP "$(cat "$file")" 2>/dev/null || true; done; }

flush_flows() {
  [ -e "$1/flush" ] || return 0
  # conntrack tells by its exit code that there was no such flow.
  while read -r arguments; do conntrack -D $arguments >/dev/null 2>&1 || true; done <"$1/flush"
  rm -f "$1/flush"
}

restore() { [ -e $current/ruleset.nft ] || return 0; load_rules $current && load_mesh $current; }

apply_full() {
  echo "$1" >"$incoming/generation"
  [ -e "$incoming/ruleset.nft" ] || { echo 'no ruleset.nft was sent' >&2; return 1; }
  load_rules "$incoming" || return 1
  load_mesh "$incoming" || { restore; return 1; }
  old=$(readlink $current)
  set_name=sets/$(date +%s)-$$-$1
  mv "$incoming" "$state/$set_name" && ln -s "$set_name" $state/next && mv -T $state/next $current || return 1
  [ -z "$old" ] || rm -rf "${state:?}/$old"
  accept_forwarding
  flush_flows $current
  keep_names
  reread_names
}

apply_change() {
  [ "$(generation_of $current)" = "$2" ] || { echo "the node is at generation $(generation_of $current), not $2" >&2; return 1; }
  rules_stand || restore || return 1
  { [ ! -e "$incoming/changes.nft" ] || cat "$incoming/changes.nft"; marker "$1"; } >$run/rules.nft
  nft -f $run/rules.nft || return 1
  flush_flows "$incoming"
  [ ! -e "$incoming/changes.nft" ] || cat "$incoming/changes.nft" >>$current/changes.nft
  changed=
  for file in "$incoming"/dns/*; do [ ! -e "$file" ] || { mv "$file" $current/dns/; changed=yes; }; done
  echo "$1" >$current/generation.next && mv $current/generation.next $current/generation
  [ -z "$changed" ] || { keep_names; reread_names; }
  rm -rf "$incoming"
}

uptime_ms() { read -r seconds _ </proc/uptime; echo "${seconds%.*}${seconds#*.}0"; }

answer_apply() {
  started=$(uptime_ms)
  mkdir -p "$incoming/dns"
  if (flock 9; "apply_$1" "$2" "$3") 9>$run/lock >/dev/null 2>"$run/error.$$"; then
    echo "ok $2 $(($(uptime_ms) - started))"
  else
    echo "error $2 $(head -c 4000 "$run/error.$$" | base64 | tr -d '\n')"
  fi
  rm -rf "$incoming" "$run/error.$$"
}

session() {
  incoming=$state/incoming/$$
  rm -rf "$incoming"
  trap 'rm -rf "$incoming"' EXIT
  while read -r verb first second third; do
    case $verb in
      put)
        case $first in *..* | /* | *[!a-z0-9._/-]*) echo "error 0 $(echo "no such file may be put: $first" | base64 | tr -d '\n')"; exit 1 ;; esac
        mkdir -p "$incoming/dns"
        dd bs="$second" count=1 iflag=fullblock of="$incoming/$first" 2>/dev/null
        ;;
      apply) case $first in full | change) answer_apply "$first" "$second" "${third:--}" ;; *) exit 1 ;; esac ;;
      status) echo "status $(generation_of $current) $(cat $state/key.pub)" ;;
      *) exit 1 ;;
    esac
  done
}

watch_once() {
  [ -e $current/ruleset.nft ] || return 0
  accept_forwarding
  rules_stand || { echo 'table ip dswarm is not as applied; applying it again'; load_rules $current; }
  mesh_stands || { echo 'the mesh is not as applied; applying it again'; load_mesh $current; }
  keep_names
}

keep() {
  umask 077
  mkdir -p $state/sets $run/dns
  rm -rf $run/dns/* "$state/incoming"
  mkdir -p $state/incoming
  [ -s $state/key ] || { wg genkey >$state/key.new && mv $state/key.new $state/key; }
  wg pubkey <$state/key >$state/key.pub
  trap 'exit 0' TERM INT
  while :; do
    (flock 9; watch_once) 9>$run/lock
    sleep 2 & wait $!
  done
}

umask 077
case ${1:-} in
  run) keep ;;
  session) session ;;
  *) echo 'usage: agent run|session' >&2; exit 2 ;;
esac
