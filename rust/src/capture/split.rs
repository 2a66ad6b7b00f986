//! Where a second worker may begin in a plain pcap file.
//!
//! A pcap file has no marks between records, so the start of one after an arbitrary offset can
//! only be guessed: several record headers in a row must make sense. A guess may be wrong, by
//! chance or because somebody made it so (a capture inside a capture looks just like one). It is
//! therefore never trusted: the worker before it is told to stop at it
//! ([`Capture::stop_at`](super::Capture::stop_at)) and must arrive exactly there; if
//! [`Capture::offset`](super::Capture::offset) then says another place, what the second worker
//! read is thrown away and the first one reads on. So the result is always the sequential one.

use super::MAX_CAPTURED;
use super::pcap::{PcapHeader, Record};

/// Record headers in a row that must make sense.
const CHAIN: usize = 8;
/// That many are enough where the window ends before.
const SHORT_CHAIN: usize = 3;
/// Seconds that a recording may go back in time, in all and from record to record.
const BACKWARD: u32 = 86_400;
/// Seconds that may pass between two records.
const FORWARD: u32 = 7 * 86_400;

/// Guesses where the first record in a window begins.
///
/// # Arguments
///
/// * `window` - bytes from somewhere within the file; 1 MiB holds a guess for any real capture.
/// * `header` - of the file.
/// * `first_seconds` - of the first record of the file, seconds since 1970: a recording does not
///   begin days before its first record.
///
/// # Returns
///
/// The offset in `window`; None if no place is plausible, and then one worker reads it all.
#[must_use]
pub fn find_record_start(window: &[u8], header: &PcapHeader, first_seconds: u32) -> Option<usize> {
    (0..window.len()).find(|&start| {
        window.get(start..).is_some_and(|rest| is_plausible(rest, header, first_seconds))
    })
}

/// Whether several records in a row begin here.
fn is_plausible(window: &[u8], header: &PcapHeader, first_seconds: u32) -> bool {
    let mut rest = window;
    let mut last_seconds = None;
    for found in 0..CHAIN {
        let enough = found >= SHORT_CHAIN;
        let Some((head, _)) = rest.split_first_chunk() else { return enough };
        let record = header.record(head);
        let past = last_seconds.unwrap_or(first_seconds);
        if !makes_sense(&record, header)
            || record.seconds < past.saturating_sub(BACKWARD)
            || record.seconds < first_seconds.saturating_sub(BACKWARD)
            || last_seconds.is_some_and(|last| record.seconds > last.saturating_add(FORWARD))
        {
            return false;
        }
        last_seconds = Some(record.seconds);
        match rest.get(header.record_header() + record.captured as usize..) {
            Some(behind) => rest = behind,
            None => return found + 1 >= SHORT_CHAIN,
        }
    }
    true
}

/// Whether a record header could be one. An empty frame is legal and not accepted: zeros in
/// payloads look like rows of them.
fn makes_sense(record: &Record, header: &PcapHeader) -> bool {
    record.fraction < header.ticks_a_second()
        && record.captured > 0
        && record.captured <= record.wire
        && record.wire <= MAX_CAPTURED
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may fail so")]
mod tests {
    use super::*;
    use crate::capture::Capture;
    use crate::capture::samples::{self, Pcap};

    const FIRST: u32 = 1_700_000_000;

    /// A file of so many records with payloads of changing length, and where they begin.
    fn file(pcap: Pcap, records: u32) -> (Vec<u8>, Vec<usize>) {
        let mut random = samples::Random::new(u64::from(records));
        let mut bytes = pcap.file_header();
        let starts = (0..records)
            .map(|number| {
                let start = bytes.len();
                let data = random.bytes(60 + (number as usize * 37) % 300);
                bytes.extend(pcap.record(FIRST + number / 10, number % 1000, &data));
                start
            })
            .collect();
        (bytes, starts)
    }

    fn header(bytes: &[u8]) -> PcapHeader {
        Capture::open(bytes).unwrap().pcap_header().unwrap()
    }

    #[test]
    fn from_every_offset_the_next_record_is_found() {
        for pcap in [Pcap::default(), Pcap::BIG, Pcap::NANOSECONDS, Pcap::MODIFIED] {
            let (bytes, starts) = file(pcap, 40);
            let header = header(&bytes);
            for from in 24..starts[30] {
                let expected = starts.iter().find(|&&start| start >= from).unwrap();
                let found = find_record_start(&bytes[from..], &header, FIRST);
                assert_eq!(found, Some(expected - from), "{pcap:?} from {from}");
            }
        }
    }

    #[test]
    fn zeros_and_noise_are_no_records() {
        let header = header(&Pcap::default().file_header());
        assert_eq!(find_record_start(&vec![0; 100_000], &header, FIRST), None);
        let noise = samples::Random::new(7).bytes(100_000);
        assert_eq!(find_record_start(&noise, &header, FIRST), None);
    }

    #[test]
    fn too_few_records_before_the_end_are_no_guess() {
        let (bytes, starts) = file(Pcap::default(), 40);
        let header = header(&bytes);
        assert_eq!(find_record_start(&bytes[starts[38]..], &header, FIRST), None);
    }

    #[test]
    fn two_workers_read_what_one_reads() {
        let (bytes, _) = file(Pcap::default(), 1000);
        let alone = frames(&mut Capture::open(&bytes[..]).unwrap());
        for cut in (100..bytes.len() - 20_000).step_by(40_009) {
            let mut first = Capture::open(&bytes[..]).unwrap();
            let header = first.pcap_header().unwrap();
            let start = cut + find_record_start(&bytes[cut..], &header, FIRST).unwrap();
            first.stop_at(start as u64);
            let mut both = frames(&mut first);
            assert_eq!(first.offset(), start as u64, "the first arrives where the second begins");
            let mut second = Capture::resume(&bytes[start..], header, start as u64);
            both.extend(frames(&mut second));
            assert_eq!(both, alone);
            assert_eq!(second.offset(), bytes.len() as u64);
        }
    }

    #[test]
    fn a_wrong_guess_is_noticed() {
        let (bytes, starts) = file(Pcap::default(), 100);
        let mut first = Capture::open(&bytes[..]).unwrap();
        first.stop_at(starts[50] as u64 + 3);
        assert_eq!(frames(&mut first).len(), 51);
        assert_eq!(first.offset(), starts[51] as u64, "it is not the guess");
    }

    #[test]
    fn a_capture_inside_a_payload_deceives_the_guess_and_is_noticed() {
        let (inner, _) = file(Pcap::default(), 20);
        let pcap = Pcap::default();
        let mut bytes = pcap.file_header();
        bytes.extend(pcap.record(FIRST, 0, &[1; 100]));
        let inside = bytes.len() + 16 + 24;
        bytes.extend(pcap.record(FIRST, 1, &inner));
        bytes.extend(pcap.record(FIRST, 2, &[2; 100]));
        let mut first = Capture::open(&bytes[..]).unwrap();
        let header = first.pcap_header().unwrap();
        let guess = inside + find_record_start(&bytes[inside..], &header, FIRST).unwrap();
        assert_eq!(guess, inside, "deceived");
        first.stop_at(guess as u64);
        assert_eq!(frames(&mut first).len(), 2);
        assert_ne!(first.offset(), guess as u64, "noticed");
    }

    fn frames(capture: &mut Capture<&[u8]>) -> Vec<(i64, Vec<u8>)> {
        let mut frames = Vec::new();
        while capture.read_frames(7, |frame| frames.push((frame.time, frame.data.to_vec()))) {}
        frames
    }
}
