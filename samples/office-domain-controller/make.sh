#!/usr/bin/env bash
# Records an office with a Samba domain controller: see README.md. Run as root; takes a minute.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lab.sh
source "$here/../lab.sh"

realm=OFFICE.EXAMPLE
domain=office.example
dc=dc1.$domain
dc_ip=10.20.0.10
dc_ip6=2001:db8:20::10
password='Lab-Passw0rd-1'

lab_begin samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules \
  samba-common-bin python3-samba winbind smbclient ldb-tools krb5-user ldap-utils \
  libsasl2-modules-gssapi-mit bind9-dnsutils chrony dnsmasq udhcpc iputils-ping

lab_switch lan
lab_host gw lan eth0 02:00:0a:14:00:01 10.20.0.1/24
lab_host dc1 lan eth0 02:00:0a:14:00:10 $dc_ip/24
lab_host pc1 lan eth0 02:00:0a:14:00:21 10.20.0.21/24 2001:db8:20::21/64
lab_host pc2 lan eth0 02:00:0a:14:00:22 # its address comes from DHCP
for name in dc1 pc1 pc2; do
  lab_names $name $dc_ip $domain
done

# An empty configuration to start from, lest the machine's own be mixed in. The server gets its
# IPv6 address only after the provisioning: known to DNS, it would pull nearly all traffic over.
cat >"$LAB_WORK/dc-start.conf" <<END
[global]
  dns update command = /bin/true
  ntp signd socket directory = $LAB_WORK/dc/ntp_signd
  log file = $LAB_WORK/dc/log.%m
END
lab_step 'provisioning the domain' on dc1 samba-tool domain provision \
  --configfile="$LAB_WORK/dc-start.conf" --targetdir="$LAB_WORK/dc" --realm=$realm \
  --domain=OFFICE --server-role=dc --dns-backend=SAMBA_INTERNAL --host-name=dc1 \
  --host-ip=$dc_ip --adminpass="$password" --option='dns forwarder ='
on dc1 ip -6 address add $dc_ip6/64 dev eth0 nodad
conf=$LAB_WORK/dc/etc/smb.conf
# Samba would let nobody change a password on the day it was set.
lab_step 'password age' on dc1 samba-tool domain passwordsettings set -s "$conf" --min-pwd-age=0
lab_step 'a user' on dc1 samba-tool user create -s "$conf" anna "$password"
# The parts of Samba meet in /run/samba, a path built into them: give them one of their own, in
# the mount namespace that ip netns exec opens.
mkdir -p /run/samba
lab_daemon dc1 sh -c "mount -t tmpfs tmpfs /run/samba &&
  exec samba --foreground --no-process-group --configfile='$conf'"

cat >"$LAB_WORK/chrony.conf" <<END
local stratum 8
allow 10.20.0.0/24
allow 2001:db8:20::/64
pidfile $LAB_WORK/chronyd.pid
bindcmdaddress /
cmdport 0
END
lab_daemon dc1 chronyd -d -x -u root -f "$LAB_WORK/chrony.conf"

lab_daemon gw dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root \
  --dhcp-range=10.20.0.100,10.20.0.120,1h --dhcp-option=option:dns-server,$dc_ip \
  --dhcp-leasefile="$LAB_WORK/leases" --pid-file="$LAB_WORK/dnsmasq.pid" --bind-interfaces \
  --interface=eth0

for port in 53 88 135 389 445 464 636 3268; do
  lab_listening dc1 tcp $port
done
lab_listening dc1 udp 137
lab_listening dc1 udp 123
lab_listening gw udp 67
sleep 5 # Samba goes on starting its services for a while after the ports are open

# What the clients need: two Kerberos profiles, one of which never tries UDP first.
write_krb5_conf() {
  cat <<END
[libdefaults]
  default_realm = $realm
  dns_lookup_kdc = true
  dns_lookup_realm = false
  rdns = false
  udp_preference_limit = $1
END
}
write_krb5_conf 1465 >"$LAB_WORK/krb5.conf"
write_krb5_conf 1 >"$LAB_WORK/krb5-tcp.conf"
cat >"$LAB_WORK/client.conf" <<END
[global]
  netbios name = PC1
  realm = $realm
  workgroup = OFFICE
  security = ads
  private dir = $LAB_WORK/client
  state directory = $LAB_WORK/client
  cache directory = $LAB_WORK/client
  lock directory = $LAB_WORK/client
  log file = $LAB_WORK/client/log.%m
END
mkdir -p "$LAB_WORK/client"
cat >"$LAB_WORK/udhcpc-script" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add "$ip/24" broadcast + dev "$interface"
END
chmod +x "$LAB_WORK/udhcpc-script"

export KRB5_CONFIG=$LAB_WORK/krb5.conf KRB5CCNAME=$LAB_WORK/tickets LDAPTLS_REQCERT=never
samba_client=(--configfile="$LAB_WORK/client.conf")
administrator=(-U "administrator%$password")
anna=(-U "anna%$password")

lab_record lan "$here/office-domain-controller.pcap"

lab_step 'DHCP' on pc2 udhcpc -f -q -n -i eth0 -x hostname:pc2 -s "$LAB_WORK/udhcpc-script"
lab_step 'ping' on pc2 ping -c 2 -i 0.3 $dc_ip
lab_step 'ping over IPv6' on pc1 ping -c 2 -i 0.3 $dc_ip6
lab_step 'NTP' on pc1 chronyd -Q -u root "server $dc_ip iburst maxsamples 1" 'cmdport 0' \
  "pidfile $LAB_WORK/chronyd-pc1.pid"
lab_step 'DNS over UDP' on pc1 dig +tries=1 "_ldap._tcp.dc._msdcs.$domain" SRV
lab_step 'DNS over TCP' on pc2 dig +tcp "_kerberos._tcp.$domain" SRV
lab_step 'DNS over IPv6' on pc1 dig +tries=1 "@$dc_ip6" $dc A
lab_step 'NetBIOS name, broadcast' on pc1 nmblookup "${samba_client[@]}" -B 10.20.0.255 OFFICE#1b
lab_step 'NetBIOS node status' on pc2 nmblookup "${samba_client[@]}" -A $dc_ip

lab_step 'Kerberos, UDP first' on pc1 bash -c "kinit anna@$realm <<<'$password'"
lab_step 'Kerberos service ticket' on pc1 kvno "ldap/$dc"
lab_step 'Kerberos, TCP only' on pc2 env KRB5_CONFIG="$LAB_WORK/krb5-tcp.conf" \
  KRB5CCNAME="$LAB_WORK/tickets2" bash -c "kinit administrator@$realm <<<'$password'"
lab_step 'Kerberos password change' on pc1 bash -c \
  "printf '%s\n' '$password' 'Other-Passw0rd-2' 'Other-Passw0rd-2' | kpasswd anna@$realm"
lab_step 'and back' on dc1 samba-tool user setpassword -s "$conf" anna --newpassword="$password"

lab_step 'CLDAP ping' on pc1 net ads lookup "${samba_client[@]}" -S $dc
lab_step 'LDAP with GSSAPI' on pc1 ldapsearch -LLL -N -Y GSSAPI -H "ldap://$dc" \
  -b 'dc=office,dc=example' '(sAMAccountName=anna)' cn memberOf
lab_step 'LDAP over IPv6' on pc1 ldapsearch -LLL -x -H "ldap://[$dc_ip6]" -b '' -s base
lab_step 'LDAPS' on pc2 ldapsearch -LLL -x -H "ldaps://$dc" -D "anna@$domain" -w "$password" \
  -b 'dc=office,dc=example' '(objectClass=computer)' cn
lab_step 'global catalog' on pc2 ldapsearch -LLL -N -Y GSSAPI -H "ldap://$dc:3268" \
  -b 'dc=office,dc=example' '(cn=anna)' cn
lab_step 'global catalog over TLS' on pc2 ldapsearch -LLL -x -H "ldaps://$dc:3269" -b '' -s base

lab_step 'SMB, logon script share' on pc1 smbclient "${samba_client[@]}" "${anna[@]}" \
  "//$dc/netlogon" -c 'ls'
lab_step 'SMB, policies' on pc2 smbclient "${samba_client[@]}" "${administrator[@]}" \
  "//$dc/sysvol" -c "cd $domain; recurse; ls"
lab_step 'SMB over port 139' on pc2 smbclient "${samba_client[@]}" "${anna[@]}" -p 139 \
  "//$dc/netlogon" -c 'ls'

lab_step 'RPC to SAM over TCP' on pc1 rpcclient "${samba_client[@]}" "${administrator[@]}" \
  "ncacn_ip_tcp:$dc" -c 'querydominfo; enumdomusers'
lab_step 'RPC to Netlogon over TCP, sealed' on pc2 rpcclient "${samba_client[@]}" \
  "${administrator[@]}" "ncacn_ip_tcp:${dc}[seal]" -c 'dsr_getdcname office'
lab_step 'RPC to DRSUAPI over TCP' on pc2 samba-tool drs showrepl "${samba_client[@]}" \
  "${administrator[@]}" $dc
lab_step 'RPC to the DNS server over TCP' on pc1 samba-tool dns query "${samba_client[@]}" \
  "${administrator[@]}" $dc $domain @ ALL
lab_step 'RPC over a named pipe' on pc1 rpcclient "${samba_client[@]}" "${administrator[@]}" \
  "$dc" -c 'srvinfo'
lab_step 'joining the domain' on pc1 net ads join "${samba_client[@]}" "${administrator[@]}" \
  --no-dns-updates

lab_record_end
lab_say "done: $(du -h "$here/office-domain-controller.pcap" | cut -f1)"
