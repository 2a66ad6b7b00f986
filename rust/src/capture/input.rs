//! Where the bytes of a capture come from.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

/// The bytes of a recording as stored.
pub trait Input: Read {
    /// The file that they are in, if it can be read at any place.
    fn file(&self) -> Option<&Arc<File>> {
        None
    }

    /// Go on at this place of the [file](Self::file).
    fn go_on_at(&mut self, _offset: u64) {}
}

/// A file. Of a regular one several threads may read parts.
#[derive(Debug)]
pub struct Stored {
    file: Arc<File>,
    /// Pipes and devices have no places to read at.
    is_regular: bool,
    next: u64,
}

impl Stored {
    /// From its beginning.
    #[must_use]
    pub fn new(file: File) -> Self {
        let is_regular = file.metadata().is_ok_and(|about| about.is_file());
        Self { file: Arc::new(file), is_regular, next: 0 }
    }
}

impl Read for Stored {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if !self.is_regular {
            return self.file.read(room);
        }
        let count = read_at(&self.file, room, self.next)?;
        self.next += count as u64;
        Ok(count)
    }
}

impl Input for Stored {
    fn file(&self) -> Option<&Arc<File>> {
        self.is_regular.then_some(&self.file)
    }

    fn go_on_at(&mut self, offset: u64) {
        self.next = offset;
    }
}

/// Fills the room with what a file has from a place on; whether there was enough of it.
///
/// What went wrong is not told: whoever reads the rest in order meets it again.
pub(super) fn fill_from(file: &File, mut room: &mut [u8], mut offset: u64) -> bool {
    while !room.is_empty() {
        match read_at(file, room, offset) {
            Ok(0) => return false,
            Ok(count) => {
                room = room.get_mut(count..).unwrap_or_default();
                offset += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
    true
}

#[cfg(unix)]
fn read_at(file: &File, room: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, offset)
}

#[cfg(windows)]
fn read_at(file: &File, room: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, offset)
}
