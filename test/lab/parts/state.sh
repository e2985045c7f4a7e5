# Where an instance keeps what. VAR survives a reboot of the machine (keys, images, containers); RUN does not.

choose_instance() {
  [[ $1 =~ ^[a-z0-9][a-z0-9-]{0,19}$ ]] || fail "DSWARM_LAB is 1 to 20 of a-z, 0-9 and -, not '$1'"
  NAME=$1
  ALL_VAR=/var/lib/dswarm-lab
  ALL_RUN=/run/dswarm-lab
  VAR=$ALL_VAR/$NAME
  RUN=$ALL_RUN/$NAME
  LOCK=$ALL_RUN/$NAME.lock
  IMAGE_CACHE=$REPO/.lab/cache
  SUBNET_NUMBER=
  [ ! -s "$VAR/subnet" ] || name_network "$(cat "$VAR/subnet")"
}

# K of 10.77.K.0/24 names everything on the network, for interface names have only 15 characters.
name_network() {
  SUBNET_NUMBER=$1
  PREFIX=10.77.$1
  BRIDGE=dsl$1
}

need_root() { [ "$(id -u)" -eq 0 ] || fail 'this needs root'; }

need_host() {
  HOST=${1:-}
  HOST=${HOST#h}
  [[ $HOST =~ ^[1-9][0-9]?$ ]] || fail "which host? a number from 1, not '${1:-}'"
  [ -d "$VAR/h$HOST" ] || fail "there is no host $HOST in instance $NAME; bring it up first: lab up $HOST"
}

need_power() { is_on "$1" || fail "host $1 is off; boot it first: lab on $1"; }

# Runs under the instance's lock. `down` deletes the lock file, so what was locked must still be what the path names.
with_lock() {
  mkdir -p "$ALL_RUN"
  while :; do
    exec 9>"$LOCK"
    flock 9
    [ "$(stat -Lc %i /proc/self/fd/9)" != "$(stat -c %i "$LOCK" 2>/dev/null)" ] || break
    mkdir -p "$ALL_RUN"
  done
  "$@"
}

make_instance() {
  mkdir -p "$VAR" "$RUN"
  chmod 755 "$ALL_VAR" "$ALL_RUN" "$VAR" "$RUN"
  [ -s "$VAR/id_ed25519" ] || make_key "$VAR/id_ed25519" "dswarm-lab-$NAME"
  [ -n "$SUBNET_NUMBER" ] || choose_subnet
}

make_key() {
  rm -f "$1" "$1.pub"
  ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$1"
}

# Starts from a hash of the name, so that an instance mostly gets the same addresses again.
choose_subnet() {
  local number attempt
  exec 8>"$ALL_RUN/.subnets"
  flock 8
  number=$(printf %s "$NAME" | cksum | cut -d' ' -f1)
  for ((attempt = 0; attempt < 254; attempt++)); do
    number=$((number % 254 + 1))
    subnet_taken "$number" || break
  done
  [ "$attempt" -lt 254 ] || fail 'all 254 subnets of 10.77.0.0/16 are taken'
  echo "$number" >"$VAR/subnet"
  exec 8>&-
  name_network "$number"
}

subnet_taken() {
  grep -qsx "$1" "$ALL_VAR"/*/subnet || [ -n "$(ip -4 route show "10.77.$1.0/24")" ]
}

# Every host this instance has any trace of, also after a crash half way.
all_indexes() {
  local trace
  for trace in "$VAR"/h[0-9]* "$RUN"/h[0-9]* /run/netns/"dslab-$NAME-h"[0-9]*; do
    [ -e "$trace" ] && echo "${trace##*h}"
  done | sort -nu
}

remove_instance() {
  rm -rf "$VAR" "$RUN"
  rmdir "$ALL_VAR" 2>/dev/null || true
  rm -f "$LOCK"
  # The last instance also removes what all share; both fail harmlessly while another one exists.
  [ -n "$(find "$ALL_RUN" -mindepth 1 ! -name .subnets -print -quit)" ] || rm -rf "$ALL_RUN"
  if [ -d /run/netns ] && [ -z "$(ls -A /run/netns)" ]; then umount /run/netns 2>/dev/null || true; rmdir /run/netns 2>/dev/null || true; fi
}
