//! JSON files with a version: `{"schema": 1, …}`.

use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::atomic::atomic_write;
use crate::error::{Error, Result};
use crate::files::File;
use crate::regular_file::open_regular;

/// The version in which this program writes every JSON file, and the only one that it reads.
pub(crate) const SCHEMA: u64 = 1;

/// No document of a run comes near this size; a larger file is refused before memory is taken for it.
const LARGEST: u64 = 16 << 20;

/// What one JSON file of a run directory holds; see [`crate::RunDir::read`] and [`crate::RunDir::write`].
pub trait Document: Serialize + DeserializeOwned {
    /// The file that holds it.
    const FILE: File;
}

#[derive(Deserialize)]
struct Header {
    schema: u64,
}

#[derive(Serialize)]
struct VersionedContent<'a, T> {
    schema: u64,
    #[serde(flatten)]
    content: &'a T,
}

/// Writes `content` to `path`, with its version.
pub(crate) fn write<T: Serialize>(path: &Path, content: &T) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(&VersionedContent { schema: SCHEMA, content })
        .map_err(|error| Error::malformed(path, 1, &error))?;
    text.push(b'\n');
    atomic_write(path, &text)
}

/// Reads what [`write()`] wrote.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    parse(&bytes_of(path, LARGEST)?, path, 1)
}

/// Checks the version in the JSON text `bytes`, then reads it; `line` is where in `path` it stands.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path, line: usize) -> Result<T> {
    let malformed = |error: serde_json::Error| Error::malformed(path, line, &error);
    let Header { schema } = serde_json::from_slice(bytes).map_err(malformed)?;
    if schema != SCHEMA {
        return Err(Error::Schema { path: path.to_owned(), found: schema, known: SCHEMA });
    }
    serde_json::from_slice(bytes).map_err(malformed)
}

/// The whole file, unless it has more than `limit` bytes.
pub(crate) fn bytes_of(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let bytes = read_at_most(path, limit + 1)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge { path: path.to_owned(), bytes: bytes.len() as u64, limit });
    }
    Ok(bytes)
}

/// The first `limit` bytes of the file, or all if there are fewer.
pub(crate) fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let fail = || Error::io("read", path);
    let file = open_regular(path).map_err(fail())?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(fail())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Content = BTreeMap<String, u64>;

    fn read_text(text: &[u8]) -> Result<Content> {
        parse(text, Path::new("a.json"), 1)
    }

    #[test]
    fn the_version_comes_first_and_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write(&path, &Content::from([("epochs".into(), 30)])).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\n  \"schema\": 1,\n  \"epochs\": 30\n}\n");
        assert_eq!(read::<Content>(&path).unwrap()["epochs"], 30);
    }

    #[test]
    fn another_version_is_named_beside_ours() {
        let error = read_text(br#"{"schema": 2, "epochs": "thirty"}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a.json: has schema 2, this program reads schema 1; a newer latentlab wrote it"
        );
        assert!(matches!(read_text(br#"{"schema": 0}"#), Err(Error::Schema { found: 0, known: 1, .. })));
    }

    #[test]
    fn faults_are_placed() {
        let faults: &[(&[u8], &str)] = &[
            (b"{\"epochs\": 3}", "a.json: line 1, column 13: missing field `schema`"),
            (b"{\n\"schema\": 1,\n\"epochs\"", "a.json: line 3, column 8: EOF while parsing an object"),
            (b"{\"schema\": 1, \"epochs\": -3}", "a.json: line 1, column 26: invalid value"),
            (b"", "a.json: line 1, column 0: EOF while parsing a value"),
            (b"\xff\xfe", "a.json: line 1, column 1: expected value"),
        ];
        for (text, message) in faults {
            let error = read_text(text).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(matches!(read::<Content>(&path), Err(Error::TooLarge { limit: LARGEST, .. })));
    }
}
