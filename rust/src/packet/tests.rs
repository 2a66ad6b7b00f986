use super::frames::{self, ACK, all, ethernet, ipv4, ipv4_part, ipv6, join, tag, tcp, udp};
use super::*;

fn run(link_type: u32, data: &[u8], wire: u32) -> (Result<Packet<'_>, Stop>, String) {
    let (mut packet, mut outside) = (Packet::default(), Outside::default());
    let result = decode(link_type, data, wire, &mut packet, &mut outside);
    assert!(packet.fragment.is_none() || outside.datagram.is_some());
    let names: Vec<_> = outside.tunnels.iter().map(ToString::to_string).collect();
    (result.map(|()| packet), names.join("/"))
}

fn whole(link_type: u32, data: &[u8]) -> (Result<Packet<'_>, Stop>, String) {
    run(link_type, data, data.len() as u32)
}

#[track_caller]
fn packet(data: &[u8]) -> Packet<'_> {
    whole(1, data).0.expect("a packet")
}

#[track_caller]
fn stop(link_type: u32, data: &[u8]) -> Stop {
    whole(link_type, data).0.expect_err("no packet")
}

fn undecodable(layer: &'static str, reason: &'static str) -> Stop {
    Stop::Undecodable(Failure::new(layer, reason))
}

#[test]
fn every_link_layer_and_tunnel_leads_to_the_innermost_packet() {
    for (link_type, data, tunnels, protocol, payload) in all() {
        let (result, names) = whole(link_type, &data);
        let packet = result.unwrap_or_else(|stop| panic!("{link_type} {tunnels}: {stop:?}"));
        assert_eq!(names, tunnels, "link type {link_type}");
        assert_eq!((packet.protocol, packet.payload), (protocol, payload), "{link_type} {tunnels}");
        assert_eq!(packet.payload_length as usize, payload.len());
        assert_eq!(packet.partial, None);
    }
}

#[test]
fn frames_cut_at_every_length_come_through_and_never_claim_more_than_was_captured() {
    for (link_type, data, ..) in all() {
        for length in 0..=data.len() {
            let (result, _) = run(link_type, &data[..length], data.len() as u32);
            if let Ok(packet) = result {
                assert!(packet.payload.len() <= packet.payload_length as usize);
                assert!(packet.ip_bytes as usize <= data.len());
            }
            // The same bytes from a sender that really sent so few.
            let (short, _) = whole(link_type, &data[..length]);
            if let Ok(packet) = short {
                assert!(packet.payload_length as usize <= length);
            }
        }
    }
}

#[test]
fn every_wrong_byte_comes_through() {
    for (link_type, data, ..) in all() {
        for at in 0..data.len() {
            for change in [1, 0x0F, 0x80, 0xFF] {
                let mut data = data.clone();
                data[at] ^= change;
                let _ = whole(link_type, &data);
                same_both_ways(&data, data.len() as u32);
            }
        }
    }
}

/// The short way gives what the long way gives, or nothing.
fn same_both_ways(data: &[u8], wire: u32) -> bool {
    let Some(short) = usual::decode(data, wire) else { return false };
    let (long, tunnels) = run(1, data, wire);
    assert_eq!((Ok(short), ""), (long, tunnels.as_str()), "{data:02x?}");
    true
}

#[test]
fn the_short_way_gives_what_the_long_way_gives() {
    let mut taken = 0;
    for (link_type, data, ..) in all() {
        for length in (0..=data.len()).filter(|_| link_type == 1) {
            taken += u32::from(same_both_ways(&data[..length], data.len() as u32));
            taken += u32::from(same_both_ways(&data[..length], length as u32));
        }
    }
    assert!(taken > 10, "the short way was hardly ever taken");
    let usual = ethernet(0x8100, &tag(5, 0x86DD, &ipv6(17, &udp(1, 2, b"x"))));
    assert!(same_both_ways(&usual, usual.len() as u32));
}

#[test]
fn vlans_are_kept_inner_and_outer() {
    let inner = tag(5, 0x0800, &ipv4(17, &udp(1, 2, b"")));
    let one = ethernet(0x8100, &inner);
    assert_eq!((packet(&one).vlan, packet(&one).outer_vlan), (5, -1));
    let three = ethernet(0x88A8, &tag(7, 0x8100, &tag(6, 0x8100, &inner)));
    assert_eq!((packet(&three).vlan, packet(&three).outer_vlan), (5, 7));
}

#[test]
fn lengths_that_lie_are_named() {
    let mut short = ipv4(17, &udp(1, 2, b"x"));
    short[3] = 12;
    assert_eq!(stop(101, &short), undecodable("ipv4", "total length below the header length"));
    short[0] = 0x44;
    assert_eq!(stop(101, &short), undecodable("ipv4", "header length below 20"));
    let mut long = ethernet(0x0800, &ipv4(17, &udp(1, 2, b"x")));
    long[14 + 20 + 5] = 200;
    let partial = packet(&long).partial.expect("a partial decode");
    assert_eq!(partial.failure, Failure::new("udp", "length beyond the IP payload"));
    let mut segment = ethernet(0x0800, &ipv4(6, &tcp((1, 2), ACK, (0, 0), b"")));
    segment[14 + 20 + 12] = 0xF0;
    let packet = packet(&segment);
    assert_eq!((packet.ports, packet.flags), (Some((1, 2)), ACK));
    assert_eq!(
        packet.partial.expect("a partial decode").failure,
        Failure::new("tcp", "header longer than the segment")
    );
}

#[test]
fn what_is_not_ip_is_named() {
    assert_eq!(stop(1, &ethernet(0x0806, &[0; 28])), Stop::NotIp(Other::EtherType(0x0806)));
    assert_eq!(stop(1, &ethernet(3, &[0x42, 0x42, 3])), Stop::NotIp(Other::Llc(0x42)));
    assert_eq!(stop(9, &[0xFF, 3, 0xC0, 0x21]), Stop::NotIp(Other::Named("PPP LCP")));
    assert_eq!(stop(9, &[0xFF, 3, 0xC0, 0x99, 0]), Stop::NotIp(Other::Ppp(0xC099)));
    assert_eq!(stop(0, &[7, 0, 0, 0]), Stop::NotIp(Other::Family(7)));
    assert_eq!(stop(147, b"user"), Stop::LinkNotSupported(147));
    assert_eq!(stop(101, &[0x70]), undecodable("ip", "version 7"));
}

#[test]
fn bytes_cannot_make_it_loop() {
    let mut tags = ipv4(17, &udp(1, 2, b""));
    for _ in 0..20 {
        tags = tag(1, 0x8100, &tags);
    }
    assert_eq!(stop(1, &ethernet(0x8100, &tags)), undecodable("network", "too many layers"));
    let mut nested = ipv4(17, &udp(1, 2, b""));
    for _ in 0..40 {
        nested = ipv4(4, &nested);
    }
    let (result, tunnels) = whole(101, &nested);
    assert_eq!(result.map(|packet| packet.protocol), Ok(4));
    assert_eq!(tunnels.split('/').count(), MAX_LAYERS - 1);
    let labels = [0, 1, 0, 64].repeat(40);
    assert_eq!(stop(1, &ethernet(0x8847, &labels)), undecodable("mpls", "no bottom of the stack"));
}

#[test]
fn a_tunnel_that_holds_rubbish_leaves_the_outer_packet() {
    let rubbish = join(&[&[0, 0, 8, 0, 0x45], &[0; 9]]);
    let frame = ethernet(0x0800, &ipv4(47, &rubbish));
    let outer = packet(&frame);
    assert_eq!((outer.protocol, outer.payload), (47, rubbish.as_slice()));
    let partial = outer.partial.expect("a partial decode");
    assert!(partial.in_tunnel);
    assert_eq!(partial.failure, Failure::cut_short("ipv4"));
    assert_eq!(whole(1, &frame).1, "");
}

#[test]
fn fragments_know_their_datagram_and_place() {
    let ends = (frames::A, frames::B);
    let head = ethernet(0x0800, &ipv4_part(ends, 17, 0x2000, &udp(1, 2, &[0; 16])));
    let tail = ethernet(0x0800, &ipv4_part(ends, 17, 3, b"rest"));
    assert_eq!((packet(&head).fragment, packet(&head).ports), (Some(0), Some((1, 2))));
    assert_eq!((packet(&tail).fragment, packet(&tail).ports), (Some(24), None));
    assert!(packet(&tail).is_tail() && !packet(&head).is_tail());
    let atomic = join(&[&[17, 0, 0, 0, 0, 0, 0, 1], &udp(1, 2, b"x")]);
    assert_eq!(packet(&ethernet(0x86DD, &ipv6(44, &atomic))).fragment, None);
}
