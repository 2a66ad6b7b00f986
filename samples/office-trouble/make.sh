#!/usr/bin/env bash
# Records an office with trouble in it: see README.md. Run as root; takes about a minute.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lab.sh
source "$here/../lab.sh"

server=10.30.0.10
mx=192.0.2.25       # the internet, as the documentation addresses of RFC 5737
web=198.51.100.7
villain=198.51.100.66
silent=198.51.100.200
storage=203.0.113.9

lab_begin samba samba-common-bin smbclient vsftpd inetutils-telnetd inetutils-telnet \
  openbsd-inetd curl opensmtpd swaks tgt libiscsi-bin nmap microsocks dnsmasq bind9-dnsutils \
  openssl iputils-ping python3-minimal

lab_switch lan
lab_switch net
lab_host edge lan inside 02:00:0a:1e:00:01 10.30.0.1/24
lab_host edge net outside 02:00:cb:00:71:01 192.0.2.1/24 198.51.100.1/24 203.0.113.1/24
lab_host srv1 lan eth0 02:00:0a:1e:00:10 $server/24
lab_host pc1 lan eth0 02:00:0a:1e:00:21 10.30.0.21/24
lab_host pc2 lan eth0 02:00:0a:1e:00:22 10.30.0.22/24
lab_host pc3 lan eth0 02:00:0a:1e:00:23 10.30.0.23/24
lab_host world net eth0 02:00:cb:00:71:02 $mx/24 $web/24 $villain/24 $storage/24
for name in edge world srv1 pc1 pc2 pc3; do
  on $name sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
for name in srv1 pc1 pc2 pc3; do
  on $name ip route add default via 10.30.0.1
  lab_names $name $server
done
lab_names world $web
on world ip route add 10.30.0.0/24 via 192.0.2.1 src $villain
on edge sysctl -qw net.ipv4.ip_forward=1
on edge ip route add blackhole $silent # a firewall that drops, seen from inside

# ---- servers inside ----
lab_daemon srv1 dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --no-resolv \
  --no-hosts --pid-file= --address=/srv1.office.example/$server \
  --address=/mx.example.net/$mx --mx-host=example.net,mx.example.net

mkdir -p "$LAB_WORK/ftp/pub"
seq -f 'line %g of a price list' 1 400 >"$LAB_WORK/ftp/pub/prices.txt"
cat >"$LAB_WORK/vsftpd.conf" <<END
listen=YES
background=NO
anonymous_enable=YES
local_enable=NO
anon_root=$LAB_WORK/ftp
connect_from_port_20=YES
seccomp_sandbox=NO
END
lab_daemon srv1 vsftpd "$LAB_WORK/vsftpd.conf"

cat >"$LAB_WORK/login" <<'END'
#!/bin/sh
printf 'srv1 login: '; read -r user
printf 'Password: '; stty -echo; read -r _; stty echo
printf '\nWelcome, %s\n$ ' "$user"
while read -r line; do
  [ "$line" != exit ] || exit 0
  printf '%s: done\n$ ' "$line"
done
END
chmod 755 "$LAB_WORK/login"
echo "telnet stream tcp nowait root /usr/sbin/telnetd telnetd --no-hostinfo --exec-login=$LAB_WORK/login" \
  >"$LAB_WORK/inetd.conf"
lab_daemon srv1 inetd -i "$LAB_WORK/inetd.conf"

mkdir -p "$LAB_WORK/samba"
cat >"$LAB_WORK/smb.conf" <<END
[global]
  netbios name = SRV1
  server role = standalone server
  map to guest = bad user
  rpc start on demand helpers = no
  private dir = $LAB_WORK/samba
  state directory = $LAB_WORK/samba
  cache directory = $LAB_WORK/samba
  lock directory = $LAB_WORK/samba
  log file = $LAB_WORK/samba/log.%m
[files]
  path = $LAB_WORK/ftp
  guest ok = yes
END
mkdir -p /run/samba
lab_daemon srv1 sh -c "mount -t tmpfs tmpfs /run/samba &&
  { /usr/libexec/samba/samba-dcerpcd --foreground --libexec-rpcds \
    --configfile='$LAB_WORK/smb.conf' & } &&
  exec smbd --foreground --no-process-group --configfile='$LAB_WORK/smb.conf'"

lab_daemon srv1 python3 "$here/odd.py" serve

# ---- servers on the internet ----
cat >"$LAB_WORK/smtpd.conf" <<END
listen on $mx port 25 hostname mx.example.net
listen on $mx port 587 hostname mx.example.net
action "keep" mda "/bin/cat >/dev/null" user root
match from any for domain "example.net" action "keep"
END
lab_daemon world sh -c "mount -t tmpfs -o mode=0755 tmpfs /var/spool &&
  mount -t tmpfs tmpfs /run && exec smtpd -d -f '$LAB_WORK/smtpd.conf'"

truncate -s 1M "$LAB_WORK/disk"
iqn=iqn.2026-11.net.example:disk1
lab_daemon world sh -c "mount -t tmpfs tmpfs /run && mkdir -p /run/tgtd /run/lock &&
  { tgtd -f & } && sleep 2 &&
  tgtadm --op new --mode target --tid 1 -T $iqn &&
  tgtadm --op new --mode logicalunit --tid 1 --lun 1 -b '$LAB_WORK/disk' &&
  tgtadm --op bind --mode target --tid 1 -I ALL && wait"

mkdir -p "$LAB_WORK/www"
echo '<p>hello from the internet</p>' >"$LAB_WORK/www/index.html"
lab_daemon world python3 -m http.server --directory "$LAB_WORK/www" --bind $web 80
lab_daemon world python3 -m http.server --directory "$LAB_WORK/www" --bind $villain 443
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=update.example.org' \
  -keyout "$LAB_WORK/key.pem" -out "$LAB_WORK/cert.pem" 2>/dev/null
lab_daemon world openssl s_server -accept $villain:8099 -www \
  -key "$LAB_WORK/key.pem" -cert "$LAB_WORK/cert.pem"
lab_daemon world microsocks -i $villain -p 1080
lab_daemon world dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --no-resolv \
  --no-hosts --pid-file= --listen-address=$web --bind-interfaces --address=/example.org/$web
lab_daemon world python3 "$here/odd.py" serve

for port in 21 23 53 109 135 220 445 12345 23456; do
  lab_listening srv1 tcp $port
done
for port in 25 80 443 587 1080 3260 8099 12345 23456; do
  lab_listening world tcp $port
done
sleep 2

# ---- the recording ----
lab_record lan "$here/office-trouble.pcap"

# In the background all along: a workstation that reports to somebody.
lab_daemon pc3 python3 "$here/odd.py" beacon $villain 10 1.5
beacon=$!

lab_step 'ordinary: DNS' on pc1 dig +tries=1 example.net MX
lab_step 'ordinary: web' on pc1 curl -sS http://$web/
lab_step 'ordinary: files' on pc1 smbclient --configfile="$LAB_WORK/smb.conf" -N \
  //$server/files -c 'get pub/prices.txt /dev/null'
lab_step 'ordinary: mail submission' on pc1 swaks --server $mx:587 --helo pc1 \
  --from anna@office.example --to root@example.net --body 'the minutes of today' \
  --header 'Message-Id: <1@pc1.office.example>'

lab_step 'SMTP straight to the internet' on pc2 swaks --server $mx:25 --helo pc2 \
  --from winner@office.example --to root@example.net --body 'you have won' \
  --header 'Message-Id: <1@pc2.office.example>'
lab_step 'iSCSI across the edge' on pc1 iscsi-ls -s iscsi://$storage
lab_step 'iSCSI, a look at the disk' on pc1 iscsi-inq iscsi://$storage/$iqn/1
lab_step 'RPC from outside' on world rpcclient --configfile="$LAB_WORK/smb.conf" -U% \
  "ncacn_ip_tcp:$server" -c 'srvinfo'
lab_step 'POP2' on pc1 python3 "$here/odd.py" lines $server 109 'HELO anna secret' 'READ 1' 'QUIT'
lab_step 'IMAP3' on pc1 python3 "$here/odd.py" lines $server 220 \
  'A001 LOGIN anna secret' 'A002 SELECT inbox' 'A003 LOGOUT'
lab_step 'telnet in clear text' on pc1 bash -c "
  { sleep 1; echo anna; sleep 0.5; echo secret; sleep 0.5; echo reboot; sleep 0.5; echo exit;
    sleep 0.5; } | telnet $server || true"
lab_step 'FTP, passive' on pc1 curl -sS -o /dev/null ftp://$server/pub/prices.txt
lab_step 'FTP, passive without EPSV' on pc1 curl -sS --disable-epsv ftp://$server/pub/
lab_step 'FTP, active' on pc2 curl -sS -o /dev/null -P - --disable-eprt \
  ftp://$server/pub/prices.txt
lab_step 'FTP, a password in the clear' on pc2 bash -c \
  "! curl -sS --user anna:secret ftp://$server/"

lab_step 'a port that trojans use too' on pc3 python3 "$here/odd.py" lines $villain 12345 ver dir
lab_step 'SOCKS' on pc3 curl -sS --socks5 $villain:1080 http://$web/
lab_step 'an unknown service inside' on pc2 python3 "$here/odd.py" talk $server 3
lab_step 'an unknown service outside' on pc3 python3 "$here/odd.py" talk $villain 2
lab_step 'HTTP on the port of HTTPS' on pc3 curl -sS http://$villain:443/
lab_step 'TLS on a port of its own' on pc3 curl -sS --insecure -o /dev/null https://$villain:8099/
lab_step 'DNS past the own server' on pc3 dig +tries=1 @$web www.example.org A

lab_step 'a scan, refused' on pc3 nmap -n -sS -p 1-60 --max-retries 0 $server
lab_step 'a scan, not answered' on pc3 nmap -n -Pn -sS -p 1-40 --max-retries 0 $silent
lab_step 'a UDP scan' on pc3 nmap -n -sU -p 69,161,514,5353,31337 --max-retries 1 $server

# tunnel NAME KIND LOCAL REMOTE INNER: one end of a tunnel
tunnel() {
  local name=$1 kind=$2 local=$3 remote=$4 inner=$5 try
  lab_daemon "$name" python3 "$here/tunnel.py" "$kind" "$kind" "$local" "$remote"
  for ((try = 0; try < 50; try++)); do
    ! on "$name" ip link show "$kind" >/dev/null 2>&1 || break
    sleep 0.1
  done
  on "$name" ip link set "$kind" mtu 1400 up
  on "$name" ip address add "$inner/30" dev "$kind"
}
tunnel srv1 gre $server $storage 172.16.47.1
tunnel world gre $storage $server 172.16.47.2
tunnel srv1 ipip $server $mx 172.16.4.1
tunnel world ipip $mx $server 172.16.4.2
lab_step 'GRE tunnel' on srv1 ping -c 3 -i 0.3 172.16.47.2
lab_step 'DNS through the GRE tunnel' on world dig +tries=1 @172.16.47.1 example.net MX
lab_step 'IP-in-IP tunnel' on srv1 ping -c 3 -i 0.3 172.16.4.2
lab_step 'an unassigned IP protocol' on pc3 python3 "$here/odd.py" protocol $villain 253

wait "$beacon"
lab_record_end
lab_say "done: $(du -h "$here/office-trouble.pcap" | cut -f1)"
