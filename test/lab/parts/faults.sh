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
