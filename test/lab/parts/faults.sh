# What may happen to a host. All are idempotent.

fault_cut() { ip link set "$(cable "$1")" down; }
fault_mend() { ip link set "$(cable "$1")" up; }

fault_kill_engine() { host_service "$1" kill dockerd; }
fault_stop_engine() { host_service "$1" freeze dockerd; }
fault_start_engine() {
  host_service "$1" engine
  wait_for_engine "$1"
}

set_live_restore() {
  case $2 in
    on) touch "$VAR/h$1/live-restore" ;;
    off) rm -f "$VAR/h$1/live-restore" ;;
    *) fail "live-restore takes on or off, not '$2'" ;;
  esac
}

# The mount is the host's own, and goes with its power.
set_small_disk() {
  local disk=$VAR/h$1/docker
  fault_kill_engine "$1"
  case $2 in
    on) enter "$1" mount -n -t tmpfs -o size=32m dswarm-lab "$disk" ;;
    off) enter "$1" umount -n --lazy "$disk" ;;
    *) fail "small-disk takes on or off, not '$2'" ;;
  esac
  fault_start_engine "$1"
  [ "$2" = off ] || host_docker "$1" load -q -i "$("$REPO/images/hello/build" "$IMAGE_CACHE")" >/dev/null
}

fault_fill_disk() { enter "$1" dd if=/dev/zero "of=$VAR/h$1/docker/fill" bs=4k status=none 2>/dev/null || true; }
fault_free_disk() { enter "$1" rm -f "$VAR/h$1/docker/fill"; }

# What starts a container's processes is containerd: with as many as it has now it can start none.
set_limit_processes() {
  local root=/sys/fs/cgroup group
  [ ! -d "$root/pids" ] || root=$root/pids
  group=$root/dswarm-lab/$NAME-h$1
  case $2 in
    on)
      mkdir -p "$group"
      allow_pids "$root" "$root/dswarm-lab"
      containerd_pid "$1" >"$group/cgroup.procs"
      cat "$group/pids.current" >"$group/pids.max"
      ;;
    off)
      [ -d "$group" ] || return 0
      containerd_pid "$1" >"$root/cgroup.procs"
      rmdir "$group"
      ;;
    *) fail "limit-processes takes on or off, not '$2'" ;;
  esac
}

# The second version of cgroups wants to be told, from the top.
allow_pids() {
  local group
  for group in "$@"; do [ ! -e "$group/cgroup.subtree_control" ] || echo +pids >"$group/cgroup.subtree_control"; done
}

# As the root namespace numbers it.
containerd_pid() {
  local pid
  for pid in $(ip netns pids "$(netns "$1")"); do
    if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = containerd ]; then echo "$pid"; return 0; fi
  done
  fail "host $1 has no containerd"
}

fault_kill_sshd() { host_service "$1" kill sshd; }
fault_stop_sshd() { host_service "$1" freeze sshd; }
fault_start_sshd() {
  host_service "$1" sshd
  # A cut host's sshd cannot be reached from here; it runs all the same.
  [ "$(cat "/sys/class/net/$(cable "$1")/operstate")" = down ] || wait_for_sshd "$1"
}

fault_off() { kill_host "$1"; }
fault_on() {
  is_on "$1" || boot_host "$1"
  fault_start_sshd "$1"
  fault_start_engine "$1"
}
