# What people and tests read about the lab.

host_key() { cut -d' ' -f1,2 "$VAR/h$1/ssh_host_ed25519_key.pub"; }

write_known_hosts() {
  local index
  for index in $(all_indexes); do echo "$(address "$index") $(host_key "$index")"; done >"$VAR/known_hosts.new"
  mv "$VAR/known_hosts.new" "$VAR/known_hosts"
}

print_env() {
  local index comma=
  [ -n "$SUBNET_NUMBER" ] || fail "instance $NAME is down"
  printf '{\n  "name": "%s",\n  "subnet": "%s.0/24",\n  "gateway": "%s.1",\n  "image": "%s:1",\n' "$NAME" "$PREFIX" "$PREFIX" "$LAB_IMAGE"
  printf '  "identityFile": "%s/id_ed25519",\n  "knownHosts": "%s/known_hosts",\n  "hosts": [' "$VAR" "$VAR"
  for index in $(all_indexes); do
    printf '%s\n    { "index": %d, "name": "h%d", "address": "%s", "port": 22, "user": "root", "identityFile": "%s/id_ed25519",\n' \
      "$comma" "$index" "$index" "$(address "$index")" "$VAR"
    printf '      "hostKey": "%s", "socket": "%s/h%d/docker.sock", "netns": "%s" }' \
      "$(host_key "$index")" "$RUN" "$index" "$(netns "$index")"
    comma=,
  done
  printf '\n  ]\n}\n'
}

print_status() {
  local index format='%-5s %-14s %-6s %-6s %-8s %-8s %s\n'
  if [ -z "$SUBNET_NUMBER" ]; then echo "instance $NAME is down"; return 0; fi
  # shellcheck disable=SC2059
  printf "$format" HOST ADDRESS POWER CABLE SSHD ENGINE CONTAINERS
  for index in $(all_indexes); do
    # shellcheck disable=SC2059,SC2046
    printf "$format" "h$index" "$(address "$index")" $(host_state "$index")
  done
}

host_state() {
  local cable=in engine
  if ! is_on "$1"; then echo 'off - - - -'; return 0; fi
  [ "$(cat "/sys/class/net/$(cable "$1")/operstate" 2>/dev/null)" = up ] || cable=cut
  engine=$(host_service "$1" state dockerd)
  echo "on $cable $(host_service "$1" state sshd) $engine $([ "$engine" != up ] && echo - || host_docker "$1" ps -q | wc -l)"
}
