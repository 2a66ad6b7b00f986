r"""Every announcing protocol, in a visible order: which flows each wants to read, and its reader.

What a protocol wants is known before a capture is read; its reader, a module of the same name, is
imported when the first flow of the protocol is there to be read, which in most recordings is never.
In patterns one byte of a longer string is left open here and there (``[\x80-\xff]``): for a string
of three bytes an engine would search whole heads.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from classifier.endpoints.protocol import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation
    from classifier.endpoints.protocol import Reader, Said

__all__ = ["PROTOCOLS"]


def _in(module: str, function: str = "read") -> Reader:
    """The reader in a module of this folder, imported when it is first called."""

    def read(conversation: Conversation) -> Iterator[Said]:
        reader: Reader = getattr(import_module(f"classifier.endpoints.{module}"), function)
        return reader(conversation)

    return read


_DNS_MESSAGE = rb"[\x00-\xff]{4}\x00[\x00-\x1f](?:\x00[\x00-\xff]){2}\x00"
"""What a message begins with: id, flags, and counts of which none needs its upper byte"""
_RTSP_METHODS = (
    rb"(OPTIONS|DESCRIBE|ANNOUNCE|SETUP|PLAY|PLAY_NOTIFY|PAUSE|TEARDOWN|GET_PARAMETER"
    rb"|SET_PARAMETER|REDIRECT|RECORD)"
)
_SIP_METHODS = (
    rb"^(?:INVITE|ACK|BYE|CANCEL|REGISTER|OPTIONS|PRACK|SUBSCRIBE|NOTIFY|PUBLISH|INFO|REFER|MESSAGE"
    rb"|UPDATE|SERVICE|BENOTIFY|NEGOTIATE)"
)
"""IANA's, and three of Microsoft's (MS-SIPRE). Any word would do, but to look for what follows any
word costs every flow far more."""
_FTP_LATER = (
    rb"^(?i:TYPE [AIEL]|RETR |STOR |APPE |LIST[ \r]|NLST[ \r]|MLS[DT][ \r]|CWD "
    rb"|X?PWD\r)"
)
"""What a client says later, where the recording began in the middle"""
_SKINNY_REGISTERS = (
    rb"^[\x00-\xff]{2}\x00\x00[\x00\x09-\x20]\x00\x00\x00\x01\x00\x00\x00"
    rb"SEP[0-9A-F]{12}"
)
"""A phone registers: SEP and its hardware address are its name."""
_SOAP = (
    rb"^(?:\xef\xbb\xbf)?\s*<(?:\?xml [^>]*\?>\s*<)?(?:[A-Za-z0-9_.-]+:)?"
    rb"Envelope[\s>]"
)
_SNMP = (
    rb"^0(?:[\x00-\x7f]|\x81[\x80-\xff]|\x82[\x01-\xff][\x00-\xff])"
    rb"\x02\x01(?:[\x00\x01]\x04|\x030)"
)
"""A sequence that begins with a version and a community, or version 3 and its header"""
_SUNRPC_CALL = rb"[\x00-\xff]{4}\x00\x00[\x00-\x7f]\x00\x00[\x00-\x7f]\x00\x02[\x00-\x7f]"
"""xid, CALL, RPC version 2, a program (RFC 5531 section 9). Two bytes are left open, as above."""
_SUNRPC_RECORD = rb"[\x00\x80][\x00-\x3f][\x00-\xff]{2}"
"""Marker of a record or fragment below 4 MiB (RFC 5531 section 11)"""
_STUN_HEADER = rb"[\x00-\x0f][\x00-\xff]{2}[\x00-\xfc]\x21\x12[\x80-\xff]\x42"
"""A type of those in use, a length and the magic cookie (RFC 8489 section 5)"""

PROTOCOLS: tuple[Protocol, ...] = (
    # Those that name the most flows first. The order decides nothing but that of explanations.
    Protocol(
        "DCE/RPC",
        ((6, 135), (6, 593)),
        (
            # The first bytes of a PDU: version 5.0 or 5.1, a type, flags, a data representation of
            # ASCII and IEEE floats (C706 12.6.3).
            (6, rb"^\x05[\x00\x01][\x00\x02\x03\x0b-\x0f][\x00-\x7f][\x00\x10]\x00\x00\x00"),
            (6, rb"^ncacn_http/1\.0"),
        ),
        _in("dcerpc"),
    ),
    Protocol(
        "DCE/RPC over UDP",
        (),
        ((17, rb"^\x04[\x00-\x0a][\x00-\x7f][\x00\x02][\x00\x10]\x00\x00"),),
        _in("dcerpc.datagrams"),
    ),
    Protocol(
        "SMB",
        (),
        (
            # A length, then the first bytes of SMB 1, SMB 2 or what is encrypted.
            (6, rb"^\x00[\x00-\xff]{3}[\xfd-\xff]SMB"),
            # Over NetBIOS a session is asked for first, by two encoded names (RFC 1002 4.3.2).
            (6, rb"^\x81\x00\x00[\x44-\x60]\x20[A-P]{32}\x00"),
        ),
        _in("smb"),
    ),
    Protocol("RPC over HTTP", (), ((6, rb"^RPC_(?:IN|OUT)_DATA /"),), _in("rpc_over_http")),
    Protocol(
        "FTP",
        (),  # by its words alone, on any port: random bytes on port 21 are no FTP
        (
            # A greeting that names it, as SMTP's 220 does not; and how clients begin.
            (6, rb"^220[ -][^\r\n]{0,200}(?i:ftp)"),
            (6, rb"^(?i:USER [^\r\n]|AUTH (?:TLS|SSL|GSSAPI)|FEAT\r|SYST\r|OPTS UTF8|CLNT )"),
            (6, rb"^(?i:HOST [^\r\n]|PASV\r|EPSV|E?PORT )"),
            (6, rb"^(?:227 |229 |230[ -]|331 )"),
            (6, _FTP_LATER),
            (6, rb"^(?i:LPRT |LPSV|SIZE |MDTM |REST [0-9]|CDUP\r|SITE |PBSZ 0|PROT [CP])"),
        ),
        _in("ftp"),
    ),
    Protocol(
        "TFTP",
        # A long name reaches beyond the head that patterns see.
        ((17, 69),),
        ((17, rb"^\x00[\x01\x02][^\x00-\x1f]{1,240}\x00(?i:netascii|octet|mail|binary)\x00"),),
        _in("tftp"),
        looks=(rb"^\x00[\x01\x02][^\x00-\x1f]",),
    ),
    Protocol(
        "SIP",
        (),  # by its words alone, on any port
        (
            # What keeps a NAT open may come before the first message (RFC 5626 4.4). Of datagrams
            # only the first is seen: one of these alone (hello is of a softswitch).
            (17, rb"^(?:\r\n|jaK\x00|hello)"),
            (6, rb"^\r\n\r\n"),
            (17, rb"^SIP/2\.0 [1-6][0-9]{2}"),
            (6, rb"^SIP/2\.0 [1-6][0-9]{2}"),
            (17, _SIP_METHODS + rb" (?:sips?|tel|pres|im|urn):[^\r\n ]"),
            (6, _SIP_METHODS + rb" (?:sips?|tel|pres|im|urn):[^\r\n ]"),
        ),
        _in("sip"),
        word=b"SIP/2.0",
    ),
    Protocol(
        "RTSP",
        ((6, 554),),
        (
            (6, rb"^RTSP/[12]\.[0-9] [1-5]"),
            (6, rb"^" + _RTSP_METHODS + rb" (?:rtsp[su]?:|\* RTSP/)"),
        ),
        _in("rtsp"),
    ),
    Protocol(
        "H.323",
        ((6, 1720),),
        (
            # TPKT with a message of Q.931 that has a call reference of two octets; with the
            # capabilities that H.245 begins with.
            (6, rb"^\x03\x00[\x00-\x0f][\x00-\xff]\x08\x02[\x00-\xff]{2}[\x01-\x7d]"),
            (6, rb"^\x03\x00[\x00-\x0f][\x00-\xff]\x02[\x00-\xff]{2}\x06\x00\x08\x81\x75\x00"),
        ),
        _in("h323"),
    ),
    Protocol(
        "Skinny",
        ((6, 2000),),
        ((6, _SKINNY_REGISTERS),),
        _in("skinny"),
        looks=(
            rb"^[\x00-\xff]{2}\x00\x00[\x00\x09-\x20]\x00\x00\x00[\x00-\xff][\x00\x01]\x00\x00",
        ),
    ),
    Protocol(
        "IRC",
        ((6, 6667),),
        (
            (6, rb"^(?i:NICK [^\r\n]|CAP (?:LS|REQ|END))"),
            (6, rb"^(?i:USER) [^ \r\n]+ [^ \r\n]+ [^ \r\n]+ [^\r\n]"),
            (6, rb"^(?i:PASS) [^\r\n]{1,100}\r?\n(?i:NICK|USER|CAP) "),
            (6, rb"^:[^ \r\n]{1,100} (?:NOTICE|[0-9]{3}) [^\r\n]"),
            (6, rb"^NOTICE (?:AUTH|\*) :"),
        ),
        _in("irc"),
    ),
    Protocol(
        "SunRPC",
        ((6, 111), (17, 111)),
        ((17, b"^" + _SUNRPC_CALL), (6, b"^" + _SUNRPC_RECORD + _SUNRPC_CALL)),
        _in("sunrpc"),
    ),
    Protocol(
        "PPTP",
        ((6, 1723),),
        ((6, rb"^\x00[\x10-\xdc]\x00\x01\x1a\x2b\x3c\x4d\x00[\x01-\x0f]\x00\x00"),),
        _in("pptp"),
    ),
    Protocol(
        "SQL Server Browser",
        ((17, 1434),),
        ((17, rb"^\x05[\x00-\xff]{2}ServerName;"),),
        _in("sqlbrowser"),
        # Asked for the administrator's connection, and its answer.
        looks=(b"\x0f\x01", rb"\x05\x06\x00\x01"),
    ),
    Protocol(
        "Oracle TNS",
        (),
        (
            # No string of three bytes: for that, an engine would search whole heads.
            (6, rb"^[\x00-\x0f][\x00-\xff]{3}\x01[\x00-\xff]\x00[\x00-\x7f]\x01[\x2c-\x7f]\x01"),
            (6, rb"^[\x00-\x0f][\x00-\xff]{3}\x05[\x00-\xff]\x00\x00[\x00-\x0f][\x00-\xff]\("),
        ),
        _in("tns"),
    ),
    Protocol("NAT-PMP", ((17, 5351), (17, 5350)), (), _in("natmap"), (rb"[\x00-\x02]",)),
    Protocol(
        "UPnP IGD",
        (),
        (
            (6, rb"^POST /[^\r\n]{0,120}(?i:ctl|control|upnp|igd|wanip|wanppp|ipconn)"),
            (6, rb"^(?:M-)?POST /[\x00-\xff]{0,230}schemas-upnp-org:service:WAN"),
        ),
        _in("igd"),
    ),
    Protocol(
        "STUN",
        (),
        ((17, b"^" + _STUN_HEADER), (6, rb"^(?:[\x00-\x0f][\x00-\xff])?" + _STUN_HEADER)),
        _in("stun"),
    ),
    # Answers of any host to a question that went to all.
    Protocol(
        "SSDP",
        (),
        (
            (17, rb"^M-SEARCH \* HTTP/1\.[01]\r\n"),
            (17, rb"^NOTIFY \* HTTP/1\.[01]\r\n"),
            (17, rb"^HTTP/1\.[01] 200 OK\r\n"),
        ),
        _in("ssdp"),
    ),
    Protocol(
        "WS-Discovery",
        ((17, 3702),),
        ((17, _SOAP),),
        _in("wsdiscovery"),
    ),
    Protocol("mDNS", ((17, 5353),), (), _in("mdns"), (_DNS_MESSAGE,)),
    Protocol("LLMNR", ((17, 5355),), (), _in("llmnr"), (_DNS_MESSAGE,)),
    Protocol(
        "NetBIOS name service", ((17, 137),), (), _in("netbios", "read_names"), (_DNS_MESSAGE,)
    ),
    Protocol(
        "NetBIOS datagrams", ((17, 138),), (), _in("netbios", "read_datagrams"), (rb"[\x10-\x16]",)
    ),
    Protocol(
        "SNMP",
        (),
        ((17, _SNMP),),
        _in("snmp"),
    ),
    Protocol(
        "DHCP", ((17, 67), (17, 68)), (), _in("dhcp"), (rb"[\x01\x02][\x00-\xff][\x00-\x14]",)
    ),
    Protocol(
        "BitTorrent",
        # Peers may hide their handshake behind a key exchange, which looks like anything.
        tuple((6, port) for port in range(6881, 6890)),
        (
            (6, rb"^\x13BitTorrent protocol"),
            (6, rb"^GET /[^\r\n ]{0,100}[?&]info_hash="),
            (17, rb"^d(?:1:[ar]d|1:el|2:ip)"),
            (17, rb"^\x00\x00\x04\x17\x27\x10\x19\x80\x00\x00\x00\x00"),
            (17, rb"^BT-SEARCH \* HTTP/1\.1"),
            # µTP: a SYN, which knows of no delay yet, or a handshake in data without extensions
            (17, rb"^\x41[\x00-\x02][\x00-\xff]{6}\x00\x00\x00\x00"),
            (17, rb"^\x01\x00[\x00-\xff]{18}\x13BitTorrent protocol"),
        ),
        _in("bittorrent"),
        looks=(rb"[\x00-\xff]",),
    ),
)
"""Every protocol. A flow is read by each protocol whose port or pattern it has."""
