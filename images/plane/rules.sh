# Table ip dswarm.

# The marker stands in our table, in a rule: flushing the table empties it, deleting the table takes it along. A change replaces the rule by
# its handle, so that it fails as a whole where somebody has emptied the table since.
marker() { printf 'add rule ip dswarm marker counter comment "generation-%s"\n' "$1"; }

# One transaction: all of it or nothing.
load_rules() {
  rm -f $run/handle
  generation_of "$1"
  {
    cat "$1/ruleset.nft"
    for change in "$1"/changes/*; do [ ! -e "$change" ] || cat "$change"; done
    printf 'add table ip dswarm\nadd chain ip dswarm marker\nflush chain ip dswarm marker\n'
    marker "$generation"
  } | nft -f -
}

# The handle of the marker is in $handle then.
rules_stand() {
  generation_of $current
  handle=$(nft -a list chain ip dswarm marker 2>/dev/null | sed -n "s/.*\"generation-$generation\" # handle \([0-9]*\)$/\1/p")
  [ -n "$handle" ] && echo "$handle" >$run/handle
}

change_rules() {
  { [ -e $run/handle ] && read -r handle <$run/handle; } || rules_stand || { restore && rules_stand; } || return 1
  try_change "$1" "$2" || { rules_stand || { restore && rules_stand; }; try_change "$1" "$2"; } || return 1
  while read -r line; do case $line in *"\"generation-$2\" # handle "*) echo "${line##* }" >$run/handle ;; esac; done <$run/echoed
}
try_change() {
  printf 'include "%s"\ndelete rule ip dswarm marker handle %s\n' "$incoming/changes.nft" "$handle" >$run/change.nft
  marker "$2" >>$run/change.nft
  nft -e -a -f $run/change.nft >$run/echoed
}
