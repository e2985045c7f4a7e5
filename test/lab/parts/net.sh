# One bridge an instance, one veth pair a host: dsl<K>h<I> on the bridge, eth0 in the host.

netns() { echo "dslab-$NAME-h$1"; }
cable() { echo "${BRIDGE}h$1"; }
# Kept over a reboot, as real hardware does: neighbours remember it.
mac() { printf '02:4d:00:00:%02x:%02x\n' "$SUBNET_NUMBER" "$1"; }
address() { echo "$PREFIX.$((10 + $1))"; }

make_network() {
  if ! ip link show "$BRIDGE" >/dev/null 2>&1; then
    ip link add "$BRIDGE" type bridge
  fi
  ip addr replace "$PREFIX.1/24" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  isolate_network
}

# Nothing is forwarded out of the lab, and what runs in the root namespace (another Docker with bridge netfilter and a
# dropping FORWARD chain) does not cut the hosts off from each other.
isolate_network() {
  nft list table inet "$BRIDGE" >/dev/null 2>&1 || nft -f - <<TEXT
table inet $BRIDGE {
  chain forward {
    type filter hook forward priority -10; policy accept;
    iifname "$BRIDGE" oifname != "$BRIDGE" drop
    oifname "$BRIDGE" iifname != "$BRIDGE" drop
  }
}
TEXT
  if iptables -S FORWARD 2>/dev/null | grep -qx -e '-P FORWARD DROP'; then
    iptables -C FORWARD -i "$BRIDGE" -o "$BRIDGE" -j ACCEPT 2>/dev/null || iptables -I FORWARD -i "$BRIDGE" -o "$BRIDGE" -j ACCEPT
  fi
}

remove_network() {
  [ -n "$SUBNET_NUMBER" ] || return 0
  local port
  for port in "/sys/class/net/$BRIDGE/brif/"*; do
    [ ! -e "$port" ] || ip link del "${port##*/}" 2>/dev/null || true
  done
  ip link del "$BRIDGE" 2>/dev/null || true
  nft delete table inet "$BRIDGE" 2>/dev/null || true
  if iptables -S FORWARD 2>/dev/null | grep -q -e "-i $BRIDGE "; then iptables -D FORWARD -i "$BRIDGE" -o "$BRIDGE" -j ACCEPT; fi
}

make_host_network() {
  local namespace
  namespace=$(netns "$1")
  unplug_host "$1"
  ip netns add "$namespace"
  ip link add "$(cable "$1")" type veth peer name eth0 address "$(mac "$1")" netns "$namespace"
  ip link set "$(cable "$1")" master "$BRIDGE" up
  # No way out: a pull from a public registry fails at once instead of waiting for DNS.
  ip -netns "$namespace" -batch - <<TEXT
link set lo up
addr add $(address "$1")/24 dev eth0
link set eth0 up
route add unreachable default
TEXT
}

unplug_host() {
  [ -z "$SUBNET_NUMBER" ] || ip link del "$(cable "$1")" 2>/dev/null || true
  [ ! -e "/run/netns/$(netns "$1")" ] || ip netns del "$(netns "$1")" 2>/dev/null || rm -f "/run/netns/$(netns "$1")"
}
