//! Downloads against servers on loopback that behave and misbehave.

mod server;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use self::server::{NAME, Server, good, send, send_all, send_rest, serve, start_of};
use super::*;
use crate::catalogue::Checksum;
use crate::checksum;

/// Short enough for a test; long enough for a machine that has other things to do.
const BOUNDS: Bounds = Bounds {
    connect: Duration::from_secs(5),
    silence: Duration::from_secs(5),
    whole: Duration::from_secs(20),
    tries: 3,
    pause: Duration::from_millis(5),
    longest_pause: Duration::from_secs(2),
    most_bytes: 1 << 20,
};

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

    /// The file arrived, whole and alone.
    #[track_caller]
    fn holds(&self, bytes: &[u8]) {
        let path = self.result.as_ref().unwrap_or_else(|attempts| panic!("{attempts:?}"));
        assert_eq!(path, &self.folder.path().join("set").join(format!("{NAME}.gz")));
        assert_eq!(std::fs::read(path).unwrap(), bytes);
        assert_eq!(self.files(), 1, "no temporary file stays");
    }

    /// Nothing arrived and nothing stayed; the reason of the only attempt.
    #[track_caller]
    fn failed(&self) -> &str {
        assert_eq!(self.files(), 0, "nothing stays of {:?}", self.result);
        let attempts = self.result.as_ref().unwrap_err();
        assert!(!attempts[0].reason.contains(".partial"), "{attempts:?}");
        &attempts[0].reason
    }
}

fn fetch_within(bounds: &Bounds, file: &PublishedFile, urls: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let mut events = Vec::new();
    let urls: Vec<String> = urls.iter().map(ToString::to_string).collect();
    let result = fetch(file, &urls, &folder.path().join("set"), bounds, &mut |event| {
        events.push(match event {
            Event::Downloading { received, total, .. } => format!("{received} of {total:?}"),
            Event::Retrying { reason, pause, .. } => format!("again in {pause:?}: {reason}"),
            Event::MirrorFailed { reason, .. } => reason.to_string(),
            Event::Differs { file, .. } => file.display().to_string(),
        });
    });
    Outcome { result: result.unwrap(), events, folder }
}

fn fetch_from_all(file: &PublishedFile, urls: &[&str]) -> Outcome {
    fetch_within(&BOUNDS, file, urls)
}

#[test]
fn good_bytes_arrive_under_their_name_with_progress() {
    for md5 in [false, true] {
        let (bytes, file) = labels(md5);
        let server = good(&bytes);
        let outcome = fetch_from_all(&file, &[&server.url]);
        outcome.holds(&bytes);
        let n = bytes.len();
        assert_eq!(outcome.events.first(), Some(&format!("0 of Some({n})")));
        assert_eq!(outcome.events.last(), Some(&format!("{n} of Some({n})")));
        assert!(server.requests()[0].contains("accept-encoding: identity"), "{:?}", server.requests());
    }
}

#[test]
fn what_does_not_pass_sends_to_the_next_mirror_at_once() {
    let (bytes, file) = labels(false);
    let (_, by_md5) = labels(true);
    let images = gzip(&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]);
    let repacked = gzip(&[0, 0, 8, 1, 0, 0, 0, 2, 0, 1]);
    let own = |body: &[u8]| {
        let body = body.to_vec();
        good(&body)
    };
    let status = |status: &'static str, headers: &'static str| {
        serve(move |_, _, stream| send(stream, status, headers, b""))
    };
    let whole = bytes.clone();
    let cases: Vec<(Server, &PublishedFile, &str)> = vec![
        (status("403 Forbidden", "content-length: 0\r\n"), &file, "http status: 403"),
        (status("404 Not Found", "content-length: 0\r\n"), &file, "http status: 404"),
        (status("204 No Content", ""), &file, "http status: 204"),
        (status("206 Partial Content", "content-length: 0\r\n"), &file, "http status: 206"),
        (status("302 Found", "location: file:///etc/passwd\r\ncontent-length: 0\r\n"), &file, ""),
        (status("302 Found", "location: ftp://127.0.0.1/x\r\ncontent-length: 0\r\n"), &file, ""),
        (
            status("302 Found", "location: /t10k-labels-idx1-ubyte.gz\r\ncontent-length: 0\r\n"),
            &file,
            "redirect",
        ),
        (
            status("429 Too Many Requests", "retry-after: 86400\r\ncontent-length: 0\r\n"),
            &file,
            "asks for a pause of 86400 seconds",
        ),
        (
            status("200 OK", "content-length: 999999999999\r\n"),
            &file,
            "offers 999999999999 bytes, more than any published file has",
        ),
        (
            serve(move |_, _, stream| send(stream, "200 OK", "content-length: 100\r\n", &whole)),
            &file,
            "of the file sent",
        ),
        (
            serve(|_, _, stream| send(stream, "200 OK", "", &vec![0; 2 << 20])),
            &file,
            "sent more than 1048576 bytes",
        ),
        (own(&bytes[..bytes.len() - 9]), &file, "of the file sent"),
        (own(&gzip(&bytes)), &file, "magic number 0x1f8b"),
        (own(&images), &file, "mislabelled"),
        (own(b"<html>moved</html>"), &file, "magic number"),
        (own(b""), &file, "truncated"),
        (own(&repacked), &file, "SHA-256 of the decompressed file is"),
        (own(&repacked), &by_md5, "MD5 of the file is"),
    ];
    let next = good(&bytes);
    for (bad, file, expected) in cases {
        let outcome = fetch_from_all(file, &[&bad.url]);
        let reason = outcome.failed();
        assert!(reason.contains(expected), "{expected}: {reason}");
        assert!(!outcome.events.iter().any(|event| event.contains("again in")), "{:?}", outcome.events);
        let outcome = fetch_from_all(file, &[&bad.url, &next.url]);
        outcome.holds(&bytes);
        assert!(outcome.events.iter().any(|event| event.contains(expected)), "{:?}", outcome.events);
    }
}

#[test]
fn what_may_pass_is_tried_again_after_longer_and_longer_pauses() {
    let (bytes, file) = labels(false);
    for status in [
        "408 Request Timeout",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ] {
        let body = bytes.clone();
        let server = serve(move |n, _, stream| match n {
            0 | 1 => send(stream, status, "content-length: 0\r\n", b""),
            _ => send_all(stream, &body),
        });
        let outcome = fetch_from_all(&file, &[&server.url]);
        outcome.holds(&bytes);
        let reason = format!("http status: {status}");
        assert_eq!(
            outcome.events[..2],
            [format!("again in 5ms: {reason}"), format!("again in 10ms: {reason}")]
        );
    }
    // A mirror that stays as it is is given up, and the next one asked.
    let busy = serve(|_, _, stream| send(stream, "503 Service Unavailable", "content-length: 0\r\n", b""));
    let outcome = fetch_from_all(&file, &[&busy.url]);
    assert!(
        outcome.failed().ends_with("503 Service Unavailable; given up after 3 tries"),
        "{:?}",
        outcome.events
    );
    assert_eq!(busy.requests().len(), 3);
    let next = good(&bytes);
    fetch_from_all(&file, &[&busy.url, &next.url]).holds(&bytes);
    // One that drops the connection, before or after the head, is no other.
    for words in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", "\0\0\0\0\r\n\r\n"] {
        let body = bytes.clone();
        let server = serve(move |n, _, stream| match n {
            0 => drop(stream.write_all(words.as_bytes())),
            _ => send_all(stream, &body),
        });
        let outcome = fetch_from_all(&file, &[&server.url, &next.url]);
        outcome.holds(&bytes);
    }
}

#[test]
fn a_pause_that_the_server_asks_for_is_made() {
    let (bytes, file) = labels(false);
    let body = bytes.clone();
    let server = serve(move |n, _, stream| match n {
        0 => send(stream, "429 Too Many Requests", "retry-after: 1\r\ncontent-length: 0\r\n", b""),
        _ => send_all(stream, &body),
    });
    let begun = Instant::now();
    let outcome = fetch_from_all(&file, &[&server.url]);
    outcome.holds(&bytes);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(outcome.events[0].starts_with("again in 1s: http status: 429"), "{:?}", outcome.events);
}

#[test]
fn a_server_that_says_nothing_more_is_waited_for_so_long_only() {
    let (bytes, file) = labels(false);
    let bounds = Bounds { silence: Duration::from_millis(300), tries: 2, ..BOUNDS };
    // The connections are kept until the test ends.
    let half = bytes.clone();
    let kept = Mutex::new(Vec::new());
    let stalls = serve(move |n, _, stream| {
        kept.lock().unwrap().push(stream.try_clone().unwrap());
        if n > 0 {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", half.len());
            let _ = stream.write_all(&[head.as_bytes(), &half[..half.len() / 2]].concat());
        }
    });
    let begun = Instant::now();
    let outcome = fetch_within(&bounds, &file, &[&stalls.url]);
    assert!(outcome.failed().contains("timeout"), "{:?}", outcome.events);
    assert!(outcome.events[0].contains("timeout") && outcome.events.len() >= 3, "{:?}", outcome.events);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_download_that_broke_off_goes_on_where_it_was() {
    let (bytes, file) = labels(true);
    let n = bytes.len();
    let all = bytes.clone();
    let server = serve(move |request, head, stream| match request {
        0 => {
            let headers = format!("content-length: {n}\r\netag: \"7\"\r\n");
            send(stream, "200 OK", &headers, &all[..n / 2]);
        }
        _ => send_rest(stream, head, &all),
    });
    let outcome = fetch_from_all(&file, &[&server.url]);
    outcome.holds(&bytes);
    let requests = server.requests();
    assert!(requests[1].contains(&format!("range: bytes={}-", n / 2)), "{requests:?}");
    assert!(requests[1].contains("if-range: \"7\"") && requests.len() == 2, "{requests:?}");
    assert!(outcome.events.contains(&format!("{} of Some({n})", n / 2)));
    assert_eq!(outcome.events.last(), Some(&format!("{n} of Some({n})")));
}

#[test]
fn a_server_that_cannot_go_on_is_coped_with() {
    let (bytes, file) = labels(false);
    let n = bytes.len();
    type Reply = fn(&mut TcpStream, &str, &[u8]);
    let replies: [(&str, Reply); 6] = [
        ("the whole file", |stream, _, bytes| send_all(stream, bytes)),
        ("416", |stream, head, bytes| match start_of(head) {
            Some(_) => send(stream, "416 Range Not Satisfiable", "content-length: 0\r\n", b""),
            None => send_all(stream, bytes),
        }),
        ("another part", |stream, head, bytes| match start_of(head) {
            Some(_) => send(stream, "206 Partial Content", "content-range: bytes 3-5/6\r\n", b"xyz"),
            None => send_all(stream, bytes),
        }),
        ("no part named", |stream, head, bytes| match start_of(head) {
            Some(_) => send(stream, "206 Partial Content", "content-length: 3\r\n", b"xyz"),
            None => send_all(stream, bytes),
        }),
        ("a part of another version", |stream, head, bytes| match start_of(head) {
            Some(_) => send_rest(stream, head, &vec![7; bytes.len()]),
            None => send_all(stream, bytes),
        }),
        ("a part and more", |stream, head, bytes| match start_of(head) {
            Some(_) => send_rest(stream, head, &[bytes, b"more"].concat()),
            None => send_all(stream, bytes),
        }),
    ];
    for (what, reply) in replies {
        let all = bytes.clone();
        let server = serve(move |request, head, stream| match request {
            0 => send(stream, "200 OK", &format!("content-length: {n}\r\n"), &all[..n / 2]),
            _ => reply(stream, head, &all),
        });
        let outcome = fetch_from_all(&file, &[&server.url]);
        println!("{what}: {:?}", outcome.events);
        outcome.holds(&bytes);
    }
}

#[test]
fn redirects_are_followed_and_encodings_are_not_undone() {
    let (bytes, file) = labels(true);
    let target = good(&bytes);
    let location = target.url.clone();
    let moved = serve(move |_, _, stream| {
        send(stream, "302 Found", &format!("location: {location}\r\ncontent-length: 0\r\n"), b"");
    });
    fetch_from_all(&file, &[&moved.url]).holds(&bytes);
    // Some servers say of a gzipped file that it is a file sent gzipped; its bytes are the published ones.
    let body = bytes.clone();
    let encoded = serve(move |_, _, stream| {
        let headers = format!("content-encoding: gzip\r\ncontent-length: {}\r\n", body.len());
        send(stream, "200 OK", &headers, &body);
    });
    fetch_from_all(&file, &[&encoded.url]).holds(&bytes);
    let body = bytes.clone();
    let chunked = serve(move |_, _, stream| {
        let chunks =
            body.chunks(100).map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
        let body = [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat();
        send(stream, "200 OK", "transfer-encoding: chunked\r\n", &body);
    });
    fetch_from_all(&file, &[&chunked.url]).holds(&bytes);
}

#[test]
fn a_server_that_is_not_there_is_an_attempt() {
    let (_, file) = labels(false);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let outcome =
        fetch_from_all(&file, &[&format!("http://{free}/x.gz"), "no address", "file:///etc/passwd"]);
    assert_eq!(outcome.result.as_ref().unwrap_err().len(), 3);
    assert!(!outcome.events.iter().any(|event| event.contains("again in")), "{:?}", outcome.events);
    assert_eq!(outcome.files(), 0);
}

#[test]
fn a_disk_that_refuses_ends_the_download_at_once() {
    let (bytes, file) = labels(false);
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, b"").unwrap();
    let urls = [good(&bytes).url];
    let error = fetch(&file, &urls, &blocked.join("set"), &BOUNDS, &mut |_| ()).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
}

#[test]
fn what_a_killed_download_left_is_removed_once_it_is_old() {
    let (bytes, file) = labels(false);
    let folder = tempfile::tempdir().unwrap();
    let leave = |name: &str, hours: u64| {
        let left = File::create(folder.path().join(name)).unwrap();
        left.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
    };
    leave(".x.gz.abc.partial", 48);
    leave(".y.gz.abc.partial", 1);
    leave("mine.partial", 48);
    let urls = [good(&bytes).url];
    fetch(&file, &urls, folder.path(), &BOUNDS, &mut |_| ()).unwrap().unwrap();
    let mut names: Vec<_> =
        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".y.gz.abc.partial", "mine.partial", &format!("{NAME}.gz")]);
}
