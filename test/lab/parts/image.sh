# The test image, on every engine of the lab.

load_image() {
  local archive marker
  archive=$("$REPO/images/hello/build" "$IMAGE_CACHE")
  marker=$VAR/h$1/image
  if [ "$(cat "$marker" 2>/dev/null)" = "$archive" ] && host_docker "$1" image inspect "$LAB_IMAGE:1" "$LAB_IMAGE:2" >/dev/null 2>&1; then return 0; fi
  host_docker "$1" load -q -i "$archive" >/dev/null
  echo "$archive" >"$marker"
}

LAB_IMAGE=127.0.0.1:5000/dswarm/hello
