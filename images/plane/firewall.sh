# What Docker's own chains and a host's firewall drop by policy is let pass where table ip dswarm has decided already: what goes to our
# bridges or comes from other nodes, and what our networks ask of their gateways (names). The rules are of the plainest form, as iptables must be able to read them.
# They stand behind what the host's owner has put into DOCKER-USER.

open_firewall() {
  gateways=$(mesh_words "$1" bridge 2)
  # Those of networks that are gone. Another network may get such an address.
  [ ! -e $state/opened ] || for gateway in $(grep -vxF "$gateways" $state/opened); do close_input "$gateway"; done
  echo "$gateways" >$state/opened.new && mv -f $state/opened.new $state/opened
  if legacy_stands; then
    open_legacy DOCKER-USER -o dsw+
    open_legacy DOCKER-USER -i dswarm+
    for gateway in $gateways; do open_legacy INPUT -d "$gateway/32"; done
  fi
  open_chain DOCKER-USER 'oifname "dsw*"'
  open_chain DOCKER-USER 'iifname "dswarm*"'
  for gateway in $gateways; do open_chain INPUT "ip daddr $gateway"; done
}

close_firewall() {
  if legacy_stands; then
    while xtables -D DOCKER-USER -o dsw+ -j ACCEPT || xtables -D DOCKER-USER -i dswarm+ -j ACCEPT; do :; done
  fi 2>/dev/null
  close_chain DOCKER-USER 'oifname "dsw\*"'
  close_chain DOCKER-USER 'iifname "dswarm\*"'
  for gateway in $(cat $state/opened 2>/dev/null); do close_input "$gateway"; done
  rm -f $state/opened
}
close_input() {
  if legacy_stands; then while xtables -D INPUT -d "$1/32" -j ACCEPT; do :; done; fi 2>/dev/null
  close_chain INPUT "ip daddr $1"
}
close_chain() {
  nft -a list chain ip filter "$1" 2>/dev/null >$run/chain || return 0
  sed -n "s/.*$2 counter .* accept # handle \([0-9]*\)$/delete rule ip filter $1 handle \1/p" $run/chain | nft -f -
}

# iptables of the nft kind: its chains are nft's.
open_chain() {
  nft -a list chain ip filter "$1" >$run/chain 2>/dev/null || return 0
  grep -qF "$2 counter" $run/chain && return 0
  [ "$1" != INPUT ] || grep -Eq 'policy drop|drop|reject|jump|goto' $run/chain || return 0
  # Docker ends its chain with a bare return.
  last=$(sed -n '/ # handle [0-9]*$/p' $run/chain | tail -n 1)
  case $1,$last in
    INPUT,*) echo "insert rule ip filter $1 $2 counter accept" ;;
    *,*"packets"*"return # handle "*) case $last in *name* | *addr*) echo "add rule ip filter $1 $2 counter accept" ;; *) echo "insert rule ip filter $1 handle ${last##* } $2 counter accept" ;; esac ;;
    *) echo "add rule ip filter $1 $2 counter accept" ;;
  esac | nft -f -
}

# The legacy kind, which nft does not see. It is asked only where the kernel has it in use, as asking would bring it in.
legacy_stands() { grep -qx filter /proc/net/ip_tables_names 2>/dev/null; }
xtables() { XTABLES_LIBDIR=/lib/xtables xtables-legacy-multi iptables -w 2 "$@"; }
open_legacy() {
  chain=$1
  shift
  xtables -S "$chain" >$run/chain 2>/dev/null || return 0
  grep -qxF -e "-A $chain $* -j ACCEPT" $run/chain && return 0
  [ "$chain" != INPUT ] || grep -q -e '^-P INPUT DROP' -e '^-A' $run/chain || return 0
  case $chain,$(tail -n 1 $run/chain) in
    INPUT,*) xtables -I "$chain" 1 "$@" -j ACCEPT ;;
    *,"-A $chain -j RETURN") xtables -I "$chain" "$(grep -c '^-A' $run/chain)" "$@" -j ACCEPT ;;
    *) xtables -A "$chain" "$@" -j ACCEPT ;;
  esac
}
