//! Size and SHA-256 of a file: what tells a whole file from a torn or altered one.

use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::regular_file::open_regular;

/// Size and SHA-256 of some bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Number of bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hexadecimal(&Sha256::digest(bytes)) }
    }

    /// The digest of the file `path`, read piece by piece.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read.
    pub fn of_file(path: &Path) -> Result<Self> {
        let fail = || Error::io("read", path);
        let mut file = open_regular(path).map_err(fail())?;
        let (mut hasher, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; 1 << 16]);
        loop {
            let n = file.read(&mut piece).map_err(fail())?;
            if n == 0 {
                return Ok(Self { bytes, sha256: hexadecimal(&hasher.finalize()) });
            }
            bytes += n as u64;
            hasher.update(&piece[..n]);
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn agrees_with_the_standard_and_with_itself() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc"), Digest { bytes: 3, sha256: abc.into() });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        let long = vec![7; 200_000];
        fs::write(&path, &long).unwrap();
        assert_eq!(Digest::of_file(&path).unwrap(), Digest::of(&long));
    }
}
