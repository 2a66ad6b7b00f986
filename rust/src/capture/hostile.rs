//! Cut and damaged files: reading always ends, and what came before is kept.

#![expect(clippy::indexing_slicing, reason = "a test may fail so")]

use super::samples::{Pcap, Random, drain, pcapng, plain, read, rounds};
use super::{Capture, OpenError};

/// Small files of each format, and in how many places they can be cut without a trace: behind the
/// file header, a record or a block.
fn files() -> Vec<(Vec<u8>, usize)> {
    let mut files = vec![(plain(&[0, 1, 60, 3]).0, 4), (pcapng(false), 8), (pcapng(true), 8)];
    for pcap in [Pcap::BIG, Pcap::NANOSECONDS, Pcap::MODIFIED] {
        let records = [pcap.record(7, 8, b"one"), pcap.record(9, 10, b"three")];
        files.push(([pcap.file_header(), records.concat()].concat(), 2));
    }
    files
}

#[test]
fn a_file_cut_anywhere_yields_the_frames_before_the_cut() {
    for (bytes, places) in files() {
        let (all, whole) = read(&bytes);
        assert!(all.len() >= 2 && !whole.cut && whole.warnings.is_empty());
        let (mut kept, mut clean) = (0, 0);
        for end in 0..bytes.len() {
            let mut capture = match Capture::open(&bytes[..end]) {
                Ok(capture) => capture,
                Err(OpenError::NotACapture { magic: found, .. }) => {
                    assert!(end < 4 && found == bytes[..end]);
                    continue;
                }
                Err(error) => panic!("{error}"),
            };
            let frames = drain(&mut capture);
            let info = capture.into_info();
            assert!(all.starts_with(&frames), "cut at {end}");
            assert!(frames.len() >= kept, "cut at {end}");
            kept = frames.len();
            assert_eq!(info.stored_bytes, end as u64);
            // Either the cut is between records, or it is told with its place.
            if info.cut {
                let place = usize::try_from(info.warnings[0].offset).unwrap();
                assert!(place <= end, "cut at {end}, told at {place}");
            } else {
                clean += 1;
            }
        }
        assert_eq!(clean, places);
        assert!(kept + 1 >= all.len());
    }
}

#[test]
fn whatever_is_done_to_a_file_reading_ends() {
    let files = files();
    let mut random = Random::new(2);
    for _ in 0..rounds(20_000) {
        let (mut bytes, _) = files[random.below(files.len())].clone();
        random.mutate(&mut bytes);
        let length = bytes.len() as u64;
        let Ok(mut capture) = Capture::open(&bytes[..]) else { continue };
        let frames = drain(&mut capture).len() as u64;
        assert!(capture.offset() <= length);
        let info = capture.into_info();
        let told: u64 = info.interfaces.iter().map(|interface| interface.frames).sum();
        let strays: u64 = info
            .warnings
            .iter()
            .filter(|warning| {
                warning.cause.starts_with("a packet names an interface")
                    || warning.cause.starts_with("a packet block is too short")
            })
            .map(|warning| warning.count)
            .sum();
        assert_eq!(told + strays, frames, "every frame is counted once");
    }
}
