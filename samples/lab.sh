# A small isolated network for making captures; sourced by the make.sh of a case.
#
# Every host is a network namespace of its own, cabled with a veth pair to a switch (a bridge
# in a further namespace). Nothing is connected to the outside: no packet leaves the lab. The
# names of the namespaces carry this process's id, so that two runs never meet.
#
#   lab_begin PACKAGE...           install what is missing, open the lab, promise to clean up
#   lab_switch NAME                a switch; hosts hang on it, recordings are made at it
#   lab_host NAME SWITCH IF MAC [ADDRESS/LEN...]   a host, or one more cable to a known host
#   lab_names NAME SERVER [DOMAIN] the resolver that host asks
#   on NAME COMMAND...             run a command on a host
#   lab_daemon NAME COMMAND...     run it in the background, output to a log file
#   lab_listening NAME tcp|udp PORT   wait until something listens there
#   lab_step WHAT COMMAND...       run one bounded command; if it fails, the whole script fails
#   lab_record SWITCH FILE         record every frame that crosses the switch
#   lab_record_end                 stop all recordings after the last frame is on disk
#
# shellcheck shell=bash

LAB="lab$$"
LAB_WORK=""
LAB_HOSTS=()
LAB_RECORDERS=()

lab_say() { printf '== %s\n' "$*" >&2; }

lab_begin() {
  if [[ $EUID -ne 0 ]]; then
    echo "make.sh: must run as root (it makes network namespaces)" >&2
    exit 1
  fi
  local missing=() package
  for package in iproute2 ethtool tcpdump "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
  if ((${#missing[@]})); then
    lab_say "installing ${missing[*]}"
    apt-get update -q >/dev/null
    lab_install "${missing[@]}"
  fi
  LAB_WORK=$(mktemp -d /tmp/"$LAB".XXXXXX)
  chmod 755 "$LAB_WORK" # servers that give up root must reach their files
  trap lab_end EXIT
  trap 'exit 1' INT TERM
}

# Debian starts a daemon as soon as it is installed, unless this policy says no: none of them has
# any business on the machine's own network.
lab_install() {
  local policy=/usr/sbin/policy-rc.d made="" failed=""
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=yes
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -q \
    --no-install-recommends "$@" >/dev/null || failed=yes
  [[ -z $made ]] || rm "$policy"
  [[ -z $failed ]]
}

lab_end() {
  local name namespace
  trap '' INT TERM # once begun, the cleaning is finished
  for name in "${LAB_HOSTS[@]}"; do
    namespace="$LAB-$name"
    # Only what runs inside our own namespaces: those are all processes of this lab.
    ip netns pids "$namespace" | xargs -r kill 2>/dev/null || true
  done
  sleep 0.5
  for name in "${LAB_HOSTS[@]}"; do
    namespace="$LAB-$name"
    ip netns pids "$namespace" | xargs -r kill -KILL 2>/dev/null || true
    ip netns del "$namespace" || true
    rm -rf "/etc/netns/$namespace"
  done
  rmdir --ignore-fail-on-non-empty /etc/netns 2>/dev/null || true
  if [[ -n ${LAB_KEEP:-} ]]; then
    lab_say "kept $LAB_WORK"
  else
    rm -rf "$LAB_WORK"
  fi
}

on() {
  local name=$1
  shift
  ip netns exec "$LAB-$name" "$@"
}

lab_namespace() {
  local name=$1
  ip netns add "$LAB-$name"
  LAB_HOSTS+=("$name")
  on "$name" ip link set lo up
  mkdir -p "/etc/netns/$LAB-$name"
  printf '127.0.0.1 localhost\n' >"/etc/netns/$LAB-$name/hosts"
  printf 'nameserver 127.0.0.1\n' >"/etc/netns/$LAB-$name/resolv.conf"
}

lab_switch() {
  local name=$1
  lab_namespace "$name"
  # No IPv6 address on the switch itself: it must not take part in the traffic.
  on "$name" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
  on "$name" ip link add br0 type bridge mcast_snooping 0
  on "$name" ip link set br0 up
}

lab_host() {
  local name=$1 switch=$2 interface=$3 mac=$4 port address
  shift 4
  port="$name-$interface"
  [[ " ${LAB_HOSTS[*]} " == *" $name "* ]] || lab_namespace "$name"
  on "$switch" ip link add "$port" type veth peer name "$interface" netns "$LAB-$name"
  on "$name" ip link set "$interface" address "$mac"
  # Without this the kernel hands 64 KiB "frames" with unfinished checksums to the recorder.
  on "$name" ethtool -K "$interface" tx off tso off gso off gro off >/dev/null
  on "$switch" ethtool -K "$port" tx off tso off gso off gro off >/dev/null
  on "$switch" ip link set "$port" master br0 up
  on "$name" ip link set "$interface" up
  for address in "$@"; do
    if [[ $address == *:* ]]; then
      on "$name" ip -6 address add "$address" dev "$interface" nodad
    else
      on "$name" ip address add "$address" broadcast + dev "$interface"
    fi
  done
}

lab_names() {
  local name=$1 server=$2 domain=${3:-}
  {
    printf 'nameserver %s\n' "$server"
    [[ -z $domain ]] || printf 'search %s\n' "$domain"
  } >"/etc/netns/$LAB-$name/resolv.conf"
}

lab_daemon() {
  local name=$1 log
  shift
  log=$(mktemp "$LAB_WORK/$name-$(basename "$1").XXXXXX.log")
  # A session of its own: some daemons, told to end, end their whole process group.
  setsid ip netns exec "$LAB-$name" "$@" >"$log" 2>&1 </dev/null &
}

lab_listening() {
  local name=$1 transport=$2 port=$3 try
  for ((try = 0; try < 300; try++)); do
    [[ -z $(on "$name" ss -Hln "--$transport" "sport = :$port") ]] || return 0
    sleep 0.2
  done
  echo "make.sh: nothing listens on $port/$transport of $name after 60 s" >&2
  exit 1
}

# A capture that was made is one in which every step worked.
lab_step() {
  lab_say "$1"
  shift
  # on is a function of this shell, which timeout cannot run: look through it.
  local command=("$@")
  [[ $1 != on ]] || command=(ip netns exec "$LAB-$2" "${@:3}")
  timeout 90 "${command[@]}" >"$LAB_WORK/step.log" 2>&1 </dev/null || {
    cat "$LAB_WORK/step.log" >&2
    echo "make.sh: failed: $*" >&2
    exit 1
  }
  cat "$LAB_WORK/step.log" >>"$LAB_WORK/steps.log"
}

lab_record() {
  local switch=$1 file=$2 log="$LAB_WORK/tcpdump-$1.log" try
  # -Z root: Debian's tcpdump would otherwise become a user that cannot write here.
  ip netns exec "$LAB-$switch" tcpdump -i br0 -n -U -Z root -w "$file" >"$log" 2>&1 </dev/null &
  LAB_RECORDERS+=("$!")
  for ((try = 0; try < 50; try++)); do
    ! grep -q 'listening on' "$log" || return 0
    sleep 0.1
  done
  echo "make.sh: tcpdump does not start: $(cat "$log")" >&2
  exit 1
}

lab_record_end() {
  local recorder
  sleep 2
  for recorder in "${LAB_RECORDERS[@]}"; do
    kill "$recorder"
    wait "$recorder" || true
  done
  LAB_RECORDERS=()
  grep -h 'dropped by kernel' "$LAB_WORK"/tcpdump-*.log >&2
}
