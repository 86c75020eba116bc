//! Bytes that are hashed and counted while they are read.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::error::DataError;
use crate::file_record::{FileRecord, Verification};
use crate::regular_file;

/// Deflate makes at most 1032 bytes of one.
pub(crate) const DEFLATE_RATIO: u64 = 1032;

/// A reader that knows the SHA-256 and the number of the bytes that went through it.
pub(crate) struct HashedReader<R> {
    inner: R,
    hash: Sha256,
    pub(crate) offset: u64,
}

impl<R: Read> HashedReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new(), offset: 0 }
    }

    /// Appends up to `most` bytes to `out`; fewer only where the input ends.
    pub(crate) fn append(&mut self, most: usize, out: &mut Vec<u8>) -> io::Result<usize> {
        self.by_ref().take(most as u64).read_to_end(out)
    }

    pub(crate) fn sha256(self) -> String {
        hexadecimal(&self.hash.finalize())
    }
}

impl<R: Read> Read for HashedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.offset += count as u64;
        Ok(count)
    }
}

/// A file, decompressed if it is gzipped (which its first bytes tell, not its name).
pub(crate) struct OpenFile {
    pub(crate) reader: HashedReader<Box<dyn Read>>,
    pub(crate) gzipped: bool,
    /// The most bytes that can come out.
    pub(crate) ceiling: u64,
}

pub(crate) fn open(path: &Path) -> Result<OpenFile, DataError> {
    let (mut file, length) = regular_file::open(path)?;
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic).map_err(DataError::io(path, "read"))?;
    file.seek(SeekFrom::Start(0)).map_err(DataError::io(path, "read"))?;
    let gzipped = magic == [0x1f, 0x8b];
    let buffered = BufReader::with_capacity(1 << 16, file);
    let inner: Box<dyn Read> =
        if gzipped { Box::new(MultiGzDecoder::new(buffered)) } else { Box::new(buffered) };
    let ceiling = if gzipped { length.saturating_mul(DEFLATE_RATIO) } else { length };
    Ok(OpenFile { reader: HashedReader::new(inner), gzipped, ceiling })
}

/// Length and SHA-256 of a file, decompressed if it is gzipped.
pub(crate) fn record(path: &Path) -> Result<FileRecord, DataError> {
    let OpenFile { mut reader, .. } = open(path)?;
    io::copy(&mut reader, &mut io::sink()).map_err(DataError::io(path, "read"))?;
    let (path, bytes) = (path.to_path_buf(), reader.offset);
    Ok(FileRecord { path, bytes, sha256: reader.sha256(), verification: Verification::Unknown })
}

/// MD5 of a file as it lies on disk.
pub(crate) fn md5_of_file(path: &Path) -> Result<String, DataError> {
    let (mut file, _) = regular_file::open(path)?;
    let (mut hash, mut buffer) = (Md5::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(DataError::io(path, "read"))? {
            0 => return Ok(hexadecimal(&hash.finalize())),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// SHA-256 of bytes that are in memory.
#[cfg(test)]
pub(crate) fn sha256(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hexadecimal(&hash.finalize())
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
