#!/bin/sh
# The plane's agent. `agent run` is the container's process: it applies the last set of files at boot and keeps it applied.
# `agent remove` takes all that it made off the host. `agent session` speaks lines on stdin and stdout (docs/adr/0017):
#   put PATH BYTES, then so many bytes       stages a file; no answer
#   apply full GENERATION -                  the staged files become the set       -> ok GENERATION MS | error GENERATION BASE64
#   apply change GENERATION BASE             the staged files change the set BASE  -> the same
#   status                                   -> status GENERATION PUBLIC_KEY ROUTE,... PEER:SECONDS,...
# A set: ruleset.nft, wireguard.conf (without a key), mesh, dns/BRIDGE.conf, dns/BRIDGE/N (hosts files), flush (lines: arguments of
# `conntrack -D`, once); a change: changes.nft, dns/BRIDGE/N, flush. Lines of mesh, in words:
#   alone                                    only now may the tunnel lose its last peer
#   mtu auto|N                               of the tunnel; auto: what the underlay leaves
#   bridge NAME GATEWAY                      a network's bridge and its address
#   address CIDR, route CIDR SOURCE          of the tunnel's interface
#   vxlan ID PORT ADDRESS MAC                and of the other backend's: this end,
#   neighbour MAC ADDRESS                    the other ends,
#   via CIDR GATEWAY MAC SOURCE              and what is behind them
set -u
interface=dswarm0
vxlan=dswarm1
state=/state
current=$state/current
run=/run/plane
sysctl=/sysctl

say() { echo "$*" >&2; }
# A busy host starts a program in milliseconds, so a change is to take few of them: builtins where they do. Answers in $generation.
# Each change since is a file named by its generation: the last one tells.
generation_of() {
  generation=0
  [ ! -e "$1/generation" ] || read -r generation <"$1/generation"
  for change in "$1"/changes/*; do :; done
  [ ! -e "$change" ] || generation=${change##*/}
  generation=${generation#"${generation%%[!0]*}"}
  generation=${generation:-0}
}
real() { target=$(readlink "$1") && echo "$state/$target"; }
new_set() { set=$state/sets/$1; while [ -e "$set" ]; do set=${set}x; done; }

. /lib/plane/rules.sh
. /lib/plane/tunnels.sh
. /lib/plane/firewall.sh

# The resolvers belong to the mesh's container, which outlives this one.
tell_resolvers() { [ ! -p $state/resolvers ] || echo "$1" 1<>$state/resolvers; }

flush_flows() {
  [ -e "$1/flush" ] || return 0
  # conntrack tells by its exit code that there was no such flow.
  while read -r arguments; do conntrack -D $arguments >/dev/null 2>&1 || true; done <"$1/flush"
}

# What interfaces must do beside: published ports answer on loopback, too (table ip dswarm keeps everything else of loopback out of reach);
# and a task that its virtual address leads back to itself is on the bridge's port that the packet came in by.
prepare_interfaces() {
  [ -e "$1/mesh" ] || return 0
  for name in $interface $vxlan; do allow_loopback $name; done
  while read -r word name _; do
    [ "$word" = bridge ] || continue
    allow_loopback "$name"
    answer_for_others "$name"
    for port in "/sys/class/net/$name/brif"/*; do allow_return "${port##*/}"; done
  done <"$1/mesh"
}
allow_return() {
  [ -e "/sys/class/net/$1/brport/hairpin_mode" ] || return 0
  read -r now <"/sys/class/net/$1/brport/hairpin_mode" && [ "$now" = 1 ] || bridge link set dev "$1" hairpin on
}
allow_loopback() {
  [ -e "$sysctl/ipv4/conf/$1/route_localnet" ] || return 0
  read -r now <"$sysctl/ipv4/conf/$1/route_localnet" && [ "$now" = 1 ] || echo 1 >"$sysctl/ipv4/conf/$1/route_localnet"
}

# Containers take a network's whole range for their own link, however many networks they are in: the bridge answers at once for what is on
# other nodes, and for virtual addresses.
answer_for_others() {
  [ -e "$sysctl/ipv4/conf/$1/proxy_arp" ] || return 0
  echo 1 >"$sysctl/ipv4/conf/$1/proxy_arp"
  echo 0 >"$sysctl/ipv4/neigh/$1/proxy_delay"
}

# A set replaces the one before by one rename; that one stays beside it until the next.
keep_set() {
  old=$(real $current)
  before=$(real $state/previous)
  rm -f $state/next
  ln -s "sets/${1##*/}" $state/next && mv -T $state/next $current || return 1
  [ -z "$old" ] || { ln -s "sets/${old##*/}" $state/next && mv -T $state/next $state/previous; }
  [ -z "$before" ] || [ "$before" = "$old" ] || rm -rf "$before"
}

restore() { [ ! -e $current/ruleset.nft ] || { load_rules $current && load_tunnels $current; }; }

apply_full() {
  echo "$1" >"$incoming/generation" || return 1
  [ -e "$incoming/ruleset.nft" ] || { say 'no ruleset.nft was sent'; return 1; }
  load_rules "$incoming" || return 1
  load_tunnels "$incoming" || { restore; return 1; }
  forgotten=$(targets_of $current | grep -vxF "$(targets_of "$incoming")")
  new_set "$1"
  mkdir -p "$incoming/changes" && mv "$incoming" "$set" && keep_set "$set" || { restore; return 1; }
  open_firewall $current
  prepare_interfaces $current
  flush_flows $current
  for address in $forgotten; do conntrack -D -p udp --reply-src "$address" >/dev/null 2>&1 || true; done
  tell_resolvers all
}
# Nothing else tells a flow of UDP that its task is gone, and whoever sends all anew may not know of what is gone since.
targets_of() { cat "$1/ruleset.nft" "$1"/changes/* 2>/dev/null | grep dnat | grep -oE ': [0-9.]+' | cut -c3- | sort -u; }

# The change is whole on disk before the kernel takes it, and is in force for the next boot by its last rename. What is killed before leaves
# the old generation: then names are ahead of it, and are sent again.
apply_change() {
  generation_of $current
  [ "$generation" = "$2" ] || { say "the node is at generation $generation, not $2"; return 1; }
  [ -e "$incoming/changes.nft" ] || true >"$incoming/changes.nft" || return 1
  change_rules "$2" "$1" || return 1
  changed=
  for folder in "$incoming"/dns/*; do
    [ -e "$folder" ] || continue
    mv -f "$folder"/* "$current/dns/${folder##*/}/" || { restore; return 1; }
    changed="$changed ${folder##*/}"
  done
  mv -f "$incoming/changes.nft" "$current/changes/$(printf '%016d' "$1")" || { restore; return 1; }
  flush_flows "$incoming"
  prepare_interfaces $current
  for folder in $changed; do tell_resolvers "$folder"; done
}

uptime_ms() { read -r seconds _ </proc/uptime; ms=${seconds%.*}${seconds#*.}0; }

answer_apply() {
  uptime_ms
  started=$ms
  [ -d "$incoming" ] || mkdir -p "$incoming"
  error=$run/error.$$
  exec 9>$run/lock
  if [ -z "$broken" ] && flock 9 && "apply_$1" "$2" "$3" >/dev/null 2>"$error"; then
    uptime_ms
    echo "ok $2 $((ms - started))"
  else
    echo "error $2 $({ echo "$broken"; cat "$error"; } 2>/dev/null | head -c 4000 | base64 | tr -d '\n')"
  fi
  exec 9>&-
  broken=
  rm -rf "$incoming" "$error"
}

# Every byte that was announced is read, also where it cannot be kept: what follows is the next line. The shell itself reads what is small.
put() {
  case $1 in */*) folder=$incoming/${1%/*} ;; *) folder=$incoming ;; esac
  [ -d "$folder" ] || mkdir -p "$folder"
  if [ "$2" -le 4096 ]; then
    IFS= read -r -d '' -n "$2" text
    printf '%s' "$text" >"$incoming/$1" && return
  elif true >"$incoming/$1"; then
    dd bs="$2" count=1 iflag=fullblock of="$incoming/$1" && return
  else
    dd bs="$2" count=1 iflag=fullblock of=/dev/null
  fi
  broken="$1 cannot be stored: is the disk full?"
} 2>/dev/null

# What the host leads elsewhere, so that no network is laid over it: neither its default route nor what is ours.
foreign_routes() {
  /bin/ip -4 route show table all | awk '/^[0-9]/ { for (i = 2; i < NF; i++) if ($i == "dev" && $(i + 1) ~ /^dsw/) next; print $1 }' | sort -u | tr '\n' ','
}

# How long ago each end of the tunnel was heard; nothing where it never was.
handshakes() {
  wg show $interface latest-handshakes 2>/dev/null | awk -v now="$(date +%s)" '{ print $1 ":" ($2 > 0 ? now - $2 : "") }' | tr '\n' ','
}

session() {
  incoming=$state/incoming/$$
  broken=
  rm -rf "$incoming"
  trap 'rm -rf "$incoming"' EXIT
  while read -r verb first second third; do
    case $verb in
      put)
        case $first in *..* | /* | *[!a-z0-9._/-]*) echo "error 0 $(echo "no such file may be put: $first" | base64 | tr -d '\n')"; exit 1 ;; esac
        put "$first" "$second"
        ;;
      apply) case $first in full | change) answer_apply "$first" "$second" "${third:--}" ;; *) exit 1 ;; esac ;;
      status) generation_of $current; echo "status $generation $(cat $state/key.pub) $(foreign_routes) $(handshakes)" ;;
      *) exit 1 ;;
    esac
  done
}

# What was applied last cannot be applied any more (a file torn by a power cut): the one before is better than nothing.
fall_back() {
  [ -e $state/previous/ruleset.nft ] || return 1
  say 'the last set cannot be applied; going back to the one before'
  set=$(real $state/previous)
  rm -f $state/next $state/previous
  load_rules "$set" && ln -s "sets/${set##*/}" $state/next && mv -T $state/next $current
}

watch_once() {
  [ -e $current/generation ] || return 0
  table_stands && looked_into || { say 'table ip dswarm is not as applied; applying it again'; load_rules $current || fall_back; }
  tunnels_stand $current || { say 'the mesh is not as applied; applying it again'; load_tunnels $current; }
  wake_peers $current
  prepare_interfaces $current
}
# What a new network's first container asks for is not to wait for the next look.
watch_links() {
  while :; do
    /bin/ip -o monitor link | while read -r line; do
      case $line in *dsw*) prepare_interfaces $current ;; esac
    done
    sleep 5
  done
}
# What costs more is looked at every other time, so that a flush is mended within 5 s.
looked_into() {
  turn=$((turn + 1))
  [ $((turn % 2)) = 1 ] || { open_firewall $current; rules_stand; }
}

clear_leftovers() {
  rm -rf "$state/incoming"
  for set in $state/sets/*; do
    [ "$set" = "$(real $current)" ] || [ "$set" = "$(real $state/previous)" ] || rm -rf "$set"
  done
}

keep() {
  mkdir -p $state/sets $run
  clear_leftovers
  mkdir -p $state/incoming
  [ -s $state/key ] || { wg genkey >$state/key.new && mv $state/key.new $state/key; }
  wg pubkey <$state/key >$state/key.pub.new && mv $state/key.pub.new $state/key.pub
  trap 'exit 0' TERM INT
  watch_links &
  turn=0
  while :; do
    exec 9>$run/lock
    flock 9 && watch_once 9>&-
    exec 9>&-
    sleep 1.5 & wait $!
  done
}

# For a host that leaves: nothing of ours stays in its kernel. The containers and their volumes are the engine's to remove.
remove() {
  close_firewall
  rm -f $current $state/previous
  rm -rf ${state:?}/sets
  nft delete table ip dswarm 2>/dev/null
  give_back_socket
  for name in $vxlan $interface; do [ ! -e /sys/class/net/$name ] || /bin/ip link del $name; done
  tell_resolvers all
  ! nft -t list chains 2>/dev/null | grep -q '^table ip dswarm ' || { say 'table ip dswarm is still there'; return 1; }
}

# Each argument is one thing to try out: ping:ADDRESS, name:RESOLVER:NAME, tcp:ADDRESS:PORT. Answers, in any order: ok N, fail N WORDS.
check() {
  count=0
  for probe; do
    count=$((count + 1))
    { words=$(try "$probe" 2>&1) && echo "ok $count" || echo "fail $count $(echo "$words" | tail -n 1)"; } &
    [ $((count % 32)) != 0 ] || wait
  done
  wait
}
try() {
  case $1 in *[!a-z0-9:._-]*) echo 'no such probe'; return 1 ;; esac
  kind=${1%%:*} rest=${1#*:}
  case $kind in
    ping) ping -c 2 -W 2 "$rest" >/dev/null || { echo "no answer from $rest through the tunnel"; return 1; } ;;
    name) nslookup -type=a "${rest#*:}" "${rest%%:*}" >/dev/null || { echo "${rest%%:*} does not resolve ${rest#*:}"; return 1; } ;;
    tcp) nc -w 3 "${rest%:*}" "${rest##*:}" -e /bin/true || { echo "no connection to $rest"; return 1; } ;;
    *) echo 'no such probe'; return 1 ;;
  esac
}

umask 077
case ${1:-} in
  run) keep ;;
  session) session ;;
  remove) mkdir -p $run && (flock 9; remove) 9>$run/lock ;;
  check) shift; check "$@" ;;
  *) echo 'usage: agent run|session|remove|check PROBE...' >&2; exit 2 ;;
esac
