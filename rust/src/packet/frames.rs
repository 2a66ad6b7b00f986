//! Bytes of frames for tests: one small function a layer, read from the inside out.

pub(crate) const A: [u8; 4] = [10, 0, 0, 1];
pub(crate) const B: [u8; 4] = [10, 0, 0, 2];
pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const ACK: u8 = 16;

pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub(crate) fn tcp(ports: (u16, u16), flags: u8, numbers: (u32, u32), payload: &[u8]) -> Vec<u8> {
    join(&[
        &ports.0.to_be_bytes(),
        &ports.1.to_be_bytes(),
        &numbers.0.to_be_bytes(),
        &numbers.1.to_be_bytes(),
        &[0x50, flags, 0x20, 0, 0, 0, 0, 0],
        payload,
    ])
}

pub(crate) fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 8) as u16;
    let numbers = [source, destination, length, 0].map(u16::to_be_bytes);
    join(&[numbers.as_flattened(), payload])
}

pub(crate) fn icmp(kind: u8, id: u16) -> Vec<u8> {
    join(&[&[kind, 0, 0, 0], &id.to_be_bytes(), &[0, 1], b"ping"])
}

/// `place` is flags and offset as they stand in the header.
pub(crate) fn ipv4_part(
    ends: ([u8; 4], [u8; 4]),
    protocol: u8,
    place: u16,
    payload: &[u8],
) -> Vec<u8> {
    join(&[
        &[0x45, 0],
        &((payload.len() + 20) as u16).to_be_bytes(),
        &[0, 77],
        &place.to_be_bytes(),
        &[64, protocol, 0, 0],
        &ends.0,
        &ends.1,
        payload,
    ])
}

pub(crate) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_part((A, B), protocol, 0, payload)
}

pub(crate) fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let address = |last| [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    join(&[
        &[0x60, 0, 0, 0],
        &(payload.len() as u16).to_be_bytes(),
        &[next, 64],
        &address(1),
        &address(2),
        payload,
    ])
}

pub(crate) fn ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &ethertype.to_be_bytes(), payload])
}

pub(crate) fn tag(vlan: u16, ethertype: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&vlan.to_be_bytes(), &ethertype.to_be_bytes(), payload])
}

/// Link type and frame, and what must come out: the tunnels, the IP protocol, the payload.
pub(crate) type Sample = (u32, Vec<u8>, &'static str, u8, &'static [u8]);

/// One frame of each kind that the decoders know.
#[allow(clippy::too_many_lines)] // a list
pub(crate) fn all() -> Vec<Sample> {
    let question = udp(5000, 53, b"hi");
    let packet = ipv4(17, &question);
    let frame = ethernet(0x0800, &packet);
    let in_udp = |port, head: &[u8], inner: &[u8]| {
        ethernet(0x0800, &ipv4(17, &udp(40000, port, &join(&[head, inner]))))
    };
    let in_ip = |protocol, head: &[u8], inner: &[u8]| {
        ethernet(0x0800, &ipv4(protocol, &join(&[head, inner])))
    };
    let llc = join(&[&[0xAA, 0xAA, 3, 0, 0, 0, 8, 0], &packet]);
    let mut with_options = packet.clone();
    with_options.splice(20..20, [1, 1, 1, 0]);
    with_options.splice(0..4, [0x46, 0, 0, (packet.len() + 4) as u8]);
    let hi: &[u8] = b"hi";
    vec![
        (1, frame.clone(), "", 17, hi),
        (1, ethernet(0x0800, &ipv4(6, &tcp((4000, 80), ACK, (7, 9), b"GET"))), "", 6, b"GET"),
        (1, ethernet(0x86DD, &ipv6(17, &question)), "", 17, hi),
        (1, ethernet(0x86DD, &ipv6(6, &tcp((4000, 80), SYN, (7, 0), b""))), "", 6, b""),
        (1, ethernet(0x8100, &tag(5, 0x0800, &packet)), "", 17, hi),
        (1, ethernet(0x88A8, &tag(6, 0x8100, &tag(5, 0x0800, &packet))), "", 17, hi),
        (1, ethernet(llc.len() as u16, &llc), "", 17, hi),
        (1, ethernet(0x0800, &with_options), "", 17, hi),
        (
            1,
            ethernet(0x86DD, &ipv6(0, &join(&[&[17, 0, 1, 4, 0, 0, 0, 0], &question]))),
            "",
            17,
            hi,
        ),
        (1, ethernet(0x8847, &join(&[&[0, 1, 0, 64, 0, 2, 1, 64], &packet])), "mpls", 17, hi),
        (
            1,
            ethernet(0x8864, &join(&[&[0x11, 0, 0, 9, 0, 2, 0, 0x21], &packet])),
            "pppoe:9",
            17,
            hi,
        ),
        (1, ethernet(0x88E7, &join(&[&[0, 0, 1, 0], &frame])), "pbb:256", 17, hi),
        (0, join(&[&[2, 0, 0, 0], &packet]), "", 17, hi),
        (9, join(&[&[0xFF, 3, 0, 0x21], &packet]), "", 17, hi),
        (51, join(&[&[0x11, 0, 0, 9, 0, 2, 0, 0x21], &packet]), "pppoe:9", 17, hi),
        (101, packet.clone(), "", 17, hi),
        (104, join(&[&[15, 0, 8, 0], &packet]), "", 17, hi),
        (105, join(&[&[8, 1], &[0; 22], &llc]), "", 17, hi),
        (107, join(&[&[0x18, 0x41, 3, 0xCC], &packet]), "", 17, hi),
        (113, join(&[&[0; 14], &[8, 0], &packet]), "", 17, hi),
        (127, join(&[&[0, 0, 9, 0, 2, 0, 0, 0, 0x10, 8, 1], &[0; 22], &llc, b"FCS!"]), "", 17, hi),
        (129, join(&[&[0, 0, 0, 0, 0xD4, 0, 0, 0], &packet]), "", 17, hi),
        (138, join(&[&[0; 16], &[8, 0], &packet]), "", 17, hi),
        (192, join(&[&[0, 0, 8, 0, 1, 0, 0, 0], &frame]), "", 17, hi),
        (239, join(&[&[2, 0, 0, 0, (packet.len() + 4) as u8, 0, 9, 0], &packet]), "", 17, hi),
        (
            239,
            join(&[
                &[7, 0, 0, 0, 8, 0, 1, 0, 8, 0, 3, 0, (packet.len() + 4) as u8, 0, 9, 0],
                &packet,
            ]),
            "",
            17,
            hi,
        ),
        (242, join(&[&[0; 40], &[8, 0, 0, 0], &packet]), "", 17, hi),
        (258, join(&[&[12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], &frame]), "", 17, hi),
        (276, join(&[&[8, 0], &[0; 18], &packet]), "", 17, hi),
        (1, in_ip(4, &[], &packet), "ipip", 17, hi),
        (1, in_ip(41, &[], &ipv6(17, &question)), "6in4", 17, hi),
        (1, in_ip(97, &[0x30, 0], &frame), "etherip", 17, hi),
        (1, in_ip(47, &[0x20, 0, 8, 0, 0, 0, 0, 7], &packet), "gre:7", 17, hi),
        (
            1,
            in_ip(47, &[0x30, 1, 0x88, 0x0B, 0, 2, 0, 7, 0, 0, 0, 1, 0, 0x21], &packet),
            "pptp",
            17,
            hi,
        ),
        (
            1,
            in_ip(47, &[0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0], &frame),
            "erspan",
            17,
            hi,
        ),
        (
            1,
            in_ip(
                51,
                &[17, 4, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                &question,
            ),
            "ah",
            17,
            hi,
        ),
        (1, in_udp(4789, &[8, 0, 0, 0, 0, 1, 0, 0], &frame), "vxlan:256", 17, hi),
        (1, in_udp(6081, &[0, 0, 0x65, 0x58, 0, 0, 3, 0], &frame), "geneve:3", 17, hi),
        (
            1,
            in_udp(2152, &[0x34, 0xFF, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0x85, 1, 0, 0, 0], &packet),
            "gtp-u",
            17,
            hi,
        ),
        (1, in_udp(1701, &[0, 2, 0, 5, 0, 6, 0, 0x21], &packet), "l2tp", 17, hi),
        (1, in_udp(3544, &[0, 0, 1, 2, 3, 4, 5, 6], &ipv6(17, &question)), "teredo", 17, hi),
        (1, in_ip(47, &[0, 0, 0x82, 0], &join(&[&[8, 1], &[0; 22], &llc])), "gre", 17, hi),
        (1, in_udp(5247, &[0, 16, 2, 0, 0, 0, 0, 0], &frame), "capwap", 17, hi),
        (
            1,
            in_udp(5247, &[0, 16, 3, 0, 0, 0, 0, 0, 8, 1], &join(&[&[0; 22], &llc])),
            "capwap",
            17,
            hi,
        ),
        (
            1,
            in_udp(5247, &[0, 16, 3, 0, 0, 0, 0, 0, 2, 8], &join(&[&[0; 22], &llc])),
            "capwap",
            17,
            hi,
        ),
        (
            1,
            ethernet(0x88E5, &join(&[&[0x20, 0, 0, 0, 0, 1], &[0; 8], &[8, 0], &packet, &[9; 16]])),
            "",
            17,
            hi,
        ),
        (1, in_udp(6635, &[0, 1, 1, 64], &packet), "mpls-udp/mpls", 17, hi),
        (
            1,
            in_udp(4789, &[8, 0, 0, 0, 0, 1, 0, 0], &in_ip(47, &[0, 0, 8, 0], &packet)),
            "vxlan:256/gre",
            17,
            hi,
        ),
        (1, ethernet(0x0800, &ipv4(1, &icmp(8, 3))), "", 1, b"ping"),
        (1, ethernet(0x0800, &ipv4(132, &[0, 9, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 3])), "", 132, &[3]),
        (1, ethernet(0x0800, &ipv4(33, &[0, 9, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 5])), "", 33, &[5]),
        (1, ethernet(0x0800, &ipv4(89, b"ospf")), "", 89, b"ospf"),
    ]
}
