# The tunnel's interface, its peers, addresses and routes; and the device of vxlan networks.
# busybox has an ip of its own, which its shell prefers to the one of that name in /bin.

mesh_lines() { [ ! -e "$1/mesh" ] || sed -n "s/^$2 //p" "$1/mesh"; }
mesh_words() { mesh_lines "$1" "$2" | cut -d' ' -f"$3"; }
digest_of() { cat "$1/wireguard.conf" "$1/mesh" 2>/dev/null | sha256sum | cut -c1-16; }
alias_of() { cat "/sys/class/net/$1/ifalias" 2>/dev/null; }

load_tunnels() {
  [ -e "$1/mesh" ] || return 0
  ! grep -q '[^a-z0-9_./: -]' "$1/mesh" || { say 'the file mesh holds what it may not'; return 1; }
  [ -e /sys/class/net/$interface ] || { say "the interface $interface is not there: is the container dswarm-mesh running?"; return 1; }
  load_peers "$1" || return 1
  /bin/ip link set $interface mtu "$(mtu_for "$1")" up || return 1
  present() { /bin/ip -o -4 addr show dev $interface | sed 's/.* inet \([^ /]*\).*/\1\/32/'; }
  {
    present | grep -vxF "$(mesh_words "$1" address 1)" | sed "s/.*/addr del & dev $interface/"
    mesh_words "$1" address 1 | sed "s/.*/addr replace & dev $interface/"
  } | /bin/ip -batch - || return 1
  {
    /bin/ip -4 route show dev $interface | cut -d' ' -f1 | grep -vxF "$(mesh_words "$1" route 1)" | sed "s/.*/route del & dev $interface/"
    mesh_lines "$1" route | sed "s/\(.*\) \(.*\)/route replace \1 dev $interface src \2/"
  } | /bin/ip -batch - || return 1
  load_vxlan "$1" || return 1
  /bin/ip link set $interface alias "dswarm $(digest_of "$1")"
}

# wg reads the key from a file that is not of the set. An end that roamed stays where it is, unless its address was changed on purpose:
# an Endpoint that was set before is not set again, as long as the interface is the same one.
# Two ends that are told of each other at once would both begin a handshake; where the two cross, each discards the other's answer, and
# neither tries again for 5 s. So the end with the greater key begins by itself only a moment later (wake_peers).
load_peers() {
  [ -e "$1/wireguard.conf" ] || return 0
  if ! grep -qx '\[Peer\]' "$1/wireguard.conf" && ! grep -qx alone "$1/mesh"; then say 'a list without peers is not taken'; return 1; fi
  case $(alias_of $interface) in dswarm*) ;; *) rm -f $state/endpoints ;; esac
  endpoints "$1/wireguard.conf" >$run/endpoints
  [ -e $state/endpoints ] || : >$state/endpoints
  wg show $interface persistent-keepalive >$run/awake || return 1
  (
    printf '[Interface]\nPrivateKey = '
    cat $state/key
    awk -v own="$(cat $state/key.pub)" '
      FILENAME == ARGV[1] { known[$0] = 1; next }
      FILENAME == ARGV[2] { awake[$1] = $2 != "off"; next }
      /^\[Interface\]/ { next }
      /^PublicKey/ { key = $3 }
      /^Endpoint/ && known[key " " $3] { next }
      /^PersistentKeepalive/ && key < own && !awake[key] { next }
      { print }' $state/endpoints $run/awake "$1/wireguard.conf"
  ) >$run/wireguard.conf
  wg syncconf $interface $run/wireguard.conf || { rm -f $run/wireguard.conf; return 1; }
  rm -f $run/wireguard.conf
  mv -f $run/endpoints $state/endpoints.new && mv -f $state/endpoints.new $state/endpoints
  spare_socket "$1"
}
# wireguard-go sends to all ends by one socket, and waits while that one's buffer is full: of packets for a neighbour that does not answer,
# for one. A host that lost its power would keep all others waiting, so less may wait for each neighbour than a buffer holds (212,992 bytes).
waiting=16384
spare_socket() {
  [ -S /run/wireguard/$interface.sock ] || return 0
  for device in $(underlays "$1"); do
    for name in "ipv4/neigh/$device" "ipv6/neigh/$device"; do
      now=$(cat "$sysctl/$name/unres_qlen_bytes" 2>/dev/null) && [ "$now" -gt $waiting ] || continue
      echo "$name $now" >>$state/waiting && echo $waiting >"$sysctl/$name/unres_qlen_bytes" || say "$name cannot be set: a host that is lost may slow the others down"
    done
  done
}
give_back_socket() {
  [ -e $state/waiting ] || return 0
  while read -r name now; do [ ! -e "$sysctl/$name/unres_qlen_bytes" ] || echo "$now" >"$sysctl/$name/unres_qlen_bytes"; done <$state/waiting
  rm -f $state/waiting
}
wake_peers() {
  wg show $interface persistent-keepalive 2>/dev/null | while read -r key seconds; do
    [ "$seconds" = off ] || continue
    every=$(sed -n '/^PersistentKeepalive/ { s/.* //p; q }' "$1/wireguard.conf")
    [ -z "$every" ] || wg set $interface peer "$key" persistent-keepalive "$every"
  done
}
endpoints() { awk '/^PublicKey/ { key = $3 } /^Endpoint/ { print key, $3 }' "$1"; }

# The interfaces that lead to the peers.
underlays() {
  sed -n 's/^Endpoint = \[*\([0-9a-f.:]*[0-9a-f]\)\]*:[0-9]*$/route get \1/p' "$1/wireguard.conf" 2>/dev/null |
    /bin/ip -force -batch - 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u
}

# What the ways to the peers leave: 60 bytes of IPv4, UDP and WireGuard, 80 with IPv6.
mtu_for() {
  asked=$(mesh_words "$1" mtu 1)
  [ "$asked" = auto ] || { echo "${asked:-1420}"; return; }
  least=1500 room=60
  for device in $(underlays "$1"); do
    read -r one <"/sys/class/net/$device/mtu" && [ "$one" -ge "$least" ] || least=$one
  done
  ! grep -q '^Endpoint = \[' "$1/wireguard.conf" 2>/dev/null || room=80
  echo $((least - room))
}

tunnels_stand() {
  [ -e "$1/mesh" ] || return 0
  [ "$(alias_of $interface)" = "dswarm $(digest_of "$1")" ] || return 1
  [ "$(cat /sys/class/net/$interface/mtu)" = "$(mtu_for "$1")" ] || return 1
  [ "$(/bin/ip -4 route show dev $interface | wc -l)" = "$(mesh_lines "$1" route | wc -l)" ] || return 1
  [ -z "$(mesh_lines "$1" vxlan)" ] || [ "$(alias_of $vxlan)" = "dswarm $(digest_of "$1")" ]
}

# Permanent neighbours, nothing learned: who is not in the list is neither sent to nor, by table ip dswarm, heard.
load_vxlan() {
  [ "$(alias_of $vxlan)" != "dswarm $(digest_of "$1")" ] || return 0
  [ ! -e /sys/class/net/$vxlan ] || /bin/ip link del $vxlan || return 1
  mesh_lines "$1" vxlan >$run/vxlan
  read -r id port own mac <$run/vxlan || return 0
  {
    echo "link add $vxlan address $mac type vxlan id $id dstport $port local $own nolearning"
    echo "link set $vxlan mtu $(($(underlay_mtu "$own") - 50)) up"
  } | /bin/ip -batch - || return 1
  mesh_lines "$1" neighbour | sed "s/\(.*\) \(.*\)/fdb replace \1 dev $vxlan dst \2 self permanent/" | bridge -batch - || return 1
  mesh_lines "$1" via | while read -r subnet gateway mac own; do
    echo "neigh replace $gateway lladdr $mac dev $vxlan nud permanent"
    echo "route replace $subnet via $gateway dev $vxlan onlink src $own"
  done | /bin/ip -batch - || return 1
  /bin/ip link set $vxlan alias "dswarm $(digest_of "$1")"
}
underlay_mtu() {
  device=$(/bin/ip -o -4 addr show | sed -n "s/^[0-9]*: \([^ ]*\) .* inet $1\/.*/\1/p" | head -n 1)
  cat "/sys/class/net/${device:-none}/mtu" 2>/dev/null || echo 1500
}
