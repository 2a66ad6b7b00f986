//! Compressed captures: every compression, and what is wrong with some.

#![expect(clippy::indexing_slicing, reason = "a test may fail so")]

use std::io::{self, Read, Write};

use super::Limits;
use crate::capture::samples::{Pcap, Random, drain, plain, read};
use crate::capture::{Capture, OpenError};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;
const COMPRESSIONS: [(&str, Compress); 5] =
    [("gzip", gzip), ("bzip2", bzip2), ("xz", xz), ("zstd", zstd), ("lz4", lz4)];

/// Lengths of frames that fill several blocks of every compression.
fn many() -> Vec<usize> {
    (0..400).map(|number| 40 + number * 7919 % 1460).collect()
}

#[test]
fn every_compression_is_read_member_after_member() {
    let (bytes, frames) = plain(&many());
    let (first, second) = bytes.split_at(bytes.len() / 3);
    for (name, compress) in COMPRESSIONS {
        let packed = [&*compress(first), &[0; 700], &*compress(second), &[0; 3]].concat();
        let (read, info) = read(&packed);
        assert!(read == frames, "{name}");
        assert_eq!((&*info.compression, &*info.format, info.cut), (name, "pcap", false));
        assert_eq!((info.stored_bytes, info.warnings), (packed.len() as u64, vec![]), "{name}");
    }
    for compress in [zstd, lz4] {
        let skippable = b"\x5f\x2a\x4d\x18\x03\x00\x00\x00abc";
        let packed = [&*compress(first), skippable, &*compress(second), skippable].concat();
        assert!(read(&packed).0 == frames);
    }
}

#[test]
fn what_came_before_a_cut_or_damage_of_the_compression_is_kept() {
    let (bytes, frames) = plain(&many());
    for (name, compress) in COMPRESSIONS {
        let packed = compress(&bytes);
        let (kept, info) = read(&packed[..packed.len() - 1]);
        assert!(kept.len() > 100 && frames.starts_with(&kept), "{name}: {}", kept.len());
        assert_eq!(info.warnings[0].cause, format!("the {name} data is cut short"));
        assert!(info.cut);
        let (kept, info) = read(&[&*packed, b"garbage behind the last member"].concat());
        assert!(kept == frames, "{name}");
        let cause = &info.warnings[0].cause;
        assert!(cause.starts_with(&format!("the {name} data is damaged (")), "{cause}");
        assert_eq!(usize::try_from(info.warnings[0].offset), Ok(bytes.len()));
    }
}

#[test]
fn a_small_cut_file_of_zstd_does_not_lose_its_window() {
    let (bytes, frames) = plain(&[1000; 300]); // more than a block, less than a window
    let packed = zstd(&bytes);
    let (kept, _) = read(&packed[..packed.len() - 10]);
    assert!(kept.len() > 100 && frames.starts_with(&kept), "{}", kept.len());
}

#[test]
fn a_bomb_is_stopped_and_told() {
    let mut bytes = Pcap::default().file_header();
    bytes.extend(vec![0; 16 << 20]); // a million empty records
    let packed = gzip(&bytes);
    let limits = Limits { bomb_bytes: 1 << 20, bomb_ratio: 100, ..Limits::default() };
    let mut capture = Capture::open_with(&packed[..], limits).unwrap();
    let mut frames = 0_u64;
    while capture.read_frames(10_000, |_| frames += 1) {}
    let info = capture.into_info();
    assert!((65_000..1_000_000).contains(&frames), "{frames}");
    let cause = format!(
        "the gzip data is a decompression bomb: {0} bytes unpack to more than {1}, over 100 times \
         as many",
        packed.len(),
        packed.len() * 100
    );
    assert_eq!((&info.warnings[0].cause, info.bomb, info.cut), (&cause, true, true));
    // Everything up to the bound was handed on, and the place is that of the next record.
    assert_eq!(info.warnings[0].offset as usize, (packed.len() * 100 - 24) / 16 * 16 + 24);
    assert!(info.warnings[0].fix.contains("gzip -d < FILE"));
    assert_eq!(read(&packed).0.len(), 1 << 20, "the ratio of gzip alone is below the default");
}

#[test]
fn a_window_that_needs_too_much_memory_is_told() {
    let limits = Limits { window: 2 << 20, ..Limits::default() };
    let options = lzma_rust2::XzOptions::with_preset(6); // its dictionary is 8 MiB
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(&plain(&[60]).0).unwrap();
    let packed = writer.finish().unwrap();
    let Err(OpenError::NotACapture { magic, broken }) = Capture::open_with(&packed[..], limits)
    else {
        panic!("it was opened");
    };
    assert_eq!(magic, b"");
    assert!(broken.starts_with("the xz data needs more than the 2 MiB"), "{broken}");
}

#[test]
fn what_is_no_capture_is_handed_back_unpacked() {
    match Capture::open(&gzip(b"text")[..]) {
        Err(OpenError::NotACapture { magic, broken }) => {
            assert_eq!((&*magic, &*broken), (&b"text"[..], ""));
        }
        _ => panic!("it was opened"),
    }
    match Capture::open(&gzip(&plain(&[60]).0)[..12]) {
        Err(OpenError::NotACapture { broken, .. }) => {
            assert_eq!(broken, "the gzip data is cut short");
        }
        _ => panic!("it was opened"),
    }
}

/// Gives a few bytes at a time and a signal in between, and fails at the end if told to.
struct Trickle<'a> {
    bytes: &'a [u8],
    step: usize,
    interrupt: bool,
    fails: bool,
}

impl<'a> Trickle<'a> {
    fn new(bytes: &'a [u8], step: usize, fails: bool) -> Self {
        Self { bytes, step, interrupt: false, fails }
    }
}

impl Read for Trickle<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.fails && self.bytes.is_empty() {
            return Err(io::Error::from_raw_os_error(5));
        }
        let step = self.step.min(room.len());
        self.bytes.read(&mut room[..step])
    }
}

#[test]
fn how_the_bytes_arrive_changes_nothing() {
    let (bytes, frames) = plain(&many());
    for (name, compress) in COMPRESSIONS {
        let packed = compress(&bytes);
        for step in [1, 4099] {
            let mut capture = Capture::open(Trickle::new(&packed, step, false)).unwrap();
            assert!(drain(&mut capture) == frames, "{name}, {step} bytes");
            assert_eq!(capture.stored_bytes(), packed.len() as u64);
        }
    }
}

#[test]
fn a_disk_that_fails_is_told_and_what_came_before_is_kept() {
    assert!(matches!(Capture::open(Trickle::new(b"", 1, true)), Err(OpenError::Io(_))));
    let (bytes, frames) = plain(&many());
    let plain = ("plain", <[u8]>::to_vec as Compress);
    for (name, compress) in COMPRESSIONS.into_iter().chain([plain]) {
        let packed = compress(&bytes);
        let failing = Trickle::new(&packed[..packed.len() - 1], 100_000, true);
        let mut capture = Capture::open(failing).unwrap();
        let kept = drain(&mut capture);
        assert!(kept.len() > 100 && frames.starts_with(&kept), "{name}: {}", kept.len());
        let place = capture.offset();
        let warning = &capture.info().warnings[0];
        assert_eq!(warning.cause, "reading failed: Input/output error", "{name}");
        assert_eq!(u64::try_from(warning.offset), Ok(place));
    }
}

/// Whatever is done to compressed bytes, reading ends, and what was intact stays so.
#[test]
fn hostile_bytes_end_in_a_warning_or_an_error() {
    let (bytes, _) = plain(&many()[..60]);
    let mut random = Random::new(3);
    for (_, compress) in COMPRESSIONS {
        let packed = compress(&bytes);
        for _ in 0..crate::capture::samples::rounds(60) {
            let mut mutant = packed.clone();
            random.mutate(&mut mutant);
            if let Ok(mut capture) = Capture::open(&mutant[..]) {
                drain(&mut capture);
            }
        }
    }
}
