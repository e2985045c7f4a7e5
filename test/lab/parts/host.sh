# A host's life: boot, power off, remove; and how to act inside it.

# A host's process 1 as the root namespace numbers it. Found by what it is, so that no pid file can lie:
# a process in the host's network whose innermost number is 1, one level down.
host_init() {
  local pid numbers
  [ -e "/run/netns/$(netns "$1")" ] || return 1
  for pid in $(ip netns pids "$(netns "$1")" 2>/dev/null); do
    numbers=$(sed -n 's/^NSpid:\t//p' "/proc/$pid/status" 2>/dev/null) || continue
    if [ "$numbers" = "$pid"$'\t1' ]; then echo "$pid"; return 0; fi
  done
  return 1
}

is_on() { host_init "$1" >/dev/null; }

enter() {
  local init
  init=$(host_init "$1") || fail "host $1 is off"
  shift
  nsenter --target "$init" --mount --uts --ipc --net --pid --root --wd=/ -- "$@"
}

# Runs a verb of host-service as a process of the host that outlives this one.
host_service() {
  local index=$1
  shift
  enter "$index" "$LAB_HOME/host-service" "$@" "$NAME" "h$index" "$(address "$index")" "$(cgroup_parent "$index")"
}

cgroup_parent() { echo "/dswarm-lab/$NAME/h$1"; }

make_host_keys() {
  mkdir -p "$VAR/h$1/log" "$RUN/h$1"
  [ -s "$VAR/h$1/ssh_host_ed25519_key" ] || make_key "$VAR/h$1/ssh_host_ed25519_key" "h$1"
}

boot_host() {
  local index=$1 tries
  kill_host "$index"
  make_host_network "$index"
  mkdir -p "$RUN/h$index"
  rm -f "$RUN/h$index"/*
  setsid nsenter --net="/run/netns/$(netns "$index")" unshare --mount --propagation private --uts --ipc --pid --fork --mount-proc \
    "$LAB_HOME/host-service" init "$NAME" "h$index" "$(address "$index")" "$(cgroup_parent "$index")" \
    </dev/null >"$VAR/h$index/log/init.log" 2>&1 8>&- 9>&- &
  for ((tries = 0; tries < 100; tries++)); do
    if [ -e "$RUN/h$index/booted" ] && is_on "$index"; then return 0; fi
    sleep 0.05
  done
  fail "host $index does not boot; see $VAR/h$index/log/init.log"
}

# Killing process 1 of a pid namespace kills all in it: containers, shims, engine, sshd. Nothing gets to say goodbye.
kill_host() {
  local tries pids
  [ -e "/run/netns/$(netns "$1")" ] || return 0
  for ((tries = 0; tries < 200; tries++)); do
    pids=$(ip netns pids "$(netns "$1")" 2>/dev/null) || pids=
    [ -n "$pids" ] || break
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null || true
    sleep 0.02
  done
  [ -z "$pids" ] || fail "host $1 does not die: processes $pids"
  remove_cgroups "$(cgroup_parent "$1")"
  unplug_host "$1"
}

# Freezer cgroups of killed containers empty a moment after their processes died.
remove_cgroups() {
  local tries
  for ((tries = 0; tries < 50; tries++)); do
    find /sys/fs/cgroup -depth -type d -path "*$1*" -exec rmdir {} + 2>/dev/null || true
    [ -n "$(find /sys/fs/cgroup -type d -path "*$1" -print -quit 2>/dev/null)" ] || break
    sleep 0.05
  done
  # The folders above are shared; they go with the last host.
  find /sys/fs/cgroup -depth -type d -path '*/dswarm-lab*' -exec rmdir {} + 2>/dev/null || true
}

destroy_host() {
  kill_host "$1"
  unplug_host "$1"
  rm -rf "${VAR:?}/h$1" "${RUN:?}/h$1"
}

wait_for_engine() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if host_docker "$1" version >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  fail "the engine of host $1 does not answer; see $VAR/h$1/log/dockerd.log"
}

wait_for_sshd() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if timeout 1 bash -c "exec 3<>/dev/tcp/$(address "$1")/22" 2>/dev/null; then return 0; fi
    sleep 0.05
  done
  fail "sshd of host $1 does not listen; see $VAR/h$1/log/sshd.log"
}

host_docker() {
  local index=$1
  shift
  env -u DOCKER_CONTEXT -u DOCKER_TLS_VERIFY docker -H "unix://$RUN/h$index/docker.sock" "$@"
}

host_ssh() {
  local index=$1
  shift
  ssh -F /dev/null -i "$VAR/id_ed25519" -o IdentitiesOnly=yes -o IdentityAgent=none -o "UserKnownHostsFile=$VAR/known_hosts" \
    -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o LogLevel=ERROR -o ConnectTimeout=5 "root@$(address "$index")" "$@"
}
