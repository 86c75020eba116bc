//! Downloads against servers on loopback that behave and misbehave.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::*;

const NAME: &str = "t10k-labels-idx1-ubyte";

/// What a server does with a request.
#[derive(Clone)]
enum Answer {
    /// Sends these bytes with their length.
    Bytes(Vec<u8>),
    /// Promises the length of these bytes, sends so many, and closes.
    Part(Vec<u8>, usize),
    /// Sends a status and no body.
    Status(&'static str),
    /// Closes without a word.
    Nothing,
}

/// A server on loopback; gives the address of `file` on it.
fn serve(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/{NAME}.gz", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = BufReader::new(stream.try_clone().unwrap());
            request.lines().map_while(Result::ok).find(|line| line.is_empty());
            let head = |length| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            let reply = match &answer {
                Answer::Bytes(bytes) => [head(bytes.len()).as_bytes(), bytes].concat(),
                Answer::Part(bytes, sent) => [head(bytes.len()).as_bytes(), &bytes[..*sent]].concat(),
                Answer::Status(status) => {
                    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").into_bytes()
                }
                Answer::Nothing => continue,
            };
            stream.write_all(&reply).unwrap();
        }
    });
    url
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file of 5000 labels, gzipped, and its published checksum of either kind.
fn labels(md5: bool) -> (Vec<u8>, PublishedFile) {
    let header = [0, 0, 8, 1, 0, 0, 0x13, 0x88];
    let values = (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 % 10);
    let plain: Vec<u8> = header.into_iter().chain(values).collect();
    let packed = gzip(&plain);
    let checksum = if md5 {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &packed).unwrap();
        Checksum::GzipMd5(checksum::md5_of_file(file.path()).unwrap().leak())
    } else {
        Checksum::Sha256(checksum::sha256(&[&plain]).leak())
    };
    (packed, PublishedFile { name: NAME, checksum })
}

struct Outcome {
    result: Result<PathBuf, Vec<Attempt>>,
    events: Vec<String>,
    folder: TempDir,
}

impl Outcome {
    fn files(&self) -> usize {
        self.folder.path().join("set").read_dir().unwrap().count()
    }
}

fn fetch_into_new_folder(file: &PublishedFile, urls: &[String]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let mut events = Vec::new();
    let result = fetch(file, urls, &folder.path().join("set"), &mut |event| {
        events.push(match event {
            Event::Downloading { received, total, .. } => format!("{received} of {total:?}"),
            Event::MirrorFailed { reason, .. } => reason.to_string(),
            Event::Differs { file, .. } => file.display().to_string(),
        });
    });
    Outcome { result: result.unwrap(), events, folder }
}

#[test]
fn good_bytes_arrive_under_their_name_with_progress() {
    for md5 in [false, true] {
        let (bytes, file) = labels(md5);
        let outcome = fetch_into_new_folder(&file, &[serve(Answer::Bytes(bytes.clone()))]);
        let path = outcome.result.as_ref().unwrap();
        assert_eq!(path, &outcome.folder.path().join("set").join(format!("{NAME}.gz")));
        assert_eq!(std::fs::read(path).unwrap(), bytes);
        assert_eq!(outcome.files(), 1, "no temporary file stays");
        let n = bytes.len();
        assert_eq!(outcome.events.first(), Some(&format!("0 of Some({n})")));
        assert_eq!(outcome.events.last(), Some(&format!("{n} of Some({n})")));
    }
}

#[test]
fn a_bad_mirror_is_told_apart_and_the_next_one_tried() {
    let (bytes, file) = labels(false);
    let (_, by_md5) = labels(true);
    let mut other = bytes.clone();
    let images = gzip(&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]);
    other.truncate(other.len() - 9);
    let repacked = gzip(&[0, 0, 8, 1, 0, 0, 0, 2, 0, 1]);
    let cases = [
        (Answer::Status("403 Forbidden"), &file, "403"),
        (Answer::Status("503 Service Unavailable"), &file, "503"),
        (Answer::Nothing, &file, ""),
        (Answer::Part(bytes.clone(), bytes.len() / 2), &file, "after "),
        (Answer::Bytes(other), &file, "of the file sent"),
        (Answer::Bytes(images), &file, "mislabelled"),
        (Answer::Bytes(b"<html>moved</html>".to_vec()), &file, "magic number"),
        (Answer::Bytes(repacked.clone()), &file, "SHA-256 of the decompressed file is"),
        (Answer::Bytes(repacked), &by_md5, "MD5 of the file is"),
    ];
    for (answer, file, expected) in cases {
        let bad = serve(answer);
        let outcome = fetch_into_new_folder(file, std::slice::from_ref(&bad));
        let attempts = outcome.result.as_ref().unwrap_err();
        assert!(attempts[0].url == bad && attempts[0].reason.contains(expected), "{attempts:?}");
        assert!(!attempts[0].reason.contains(".partial"), "{attempts:?}");
        assert_eq!(outcome.files(), 0, "nothing stays of {attempts:?}");

        let outcome = fetch_into_new_folder(file, &[bad, serve(Answer::Bytes(bytes.clone()))]);
        assert!(outcome.result.is_ok() && outcome.events[..].iter().any(|event| event.contains(expected)));
    }
}

#[test]
fn a_server_that_is_not_there_is_an_attempt() {
    let (_, file) = labels(false);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let outcome = fetch_into_new_folder(&file, &[format!("http://{free}/x.gz"), "no address".into()]);
    assert_eq!(outcome.result.unwrap_err().len(), 2);
}

#[test]
fn a_disk_that_refuses_ends_the_download_at_once() {
    let (bytes, file) = labels(false);
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, b"").unwrap();
    let error = fetch(&file, &[serve(Answer::Bytes(bytes))], &blocked.join("set"), &mut |_| ()).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
}
