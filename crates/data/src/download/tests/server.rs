//! Servers on loopback that behave and misbehave.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The file that they have.
pub(super) const NAME: &str = "t10k-labels-idx1-ubyte";

/// A server on loopback that answers the n-th request as it is told.
pub(super) struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// The requests so far, each with its headers, in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// `answer` gets the number of the request, from 0, its head, and the connection to write to.
pub(super) fn serve(answer: impl Fn(usize, &str, &mut TcpStream) + Send + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/{NAME}.gz", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&requests);
    thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let head = head.join("\n").to_lowercase();
            heard.lock().unwrap().push(head.clone());
            answer(n, &head, &mut stream);
        }
    });
    Server { url, requests }
}

/// Writes an answer; a client that has gone away is none of the server's business.
pub(super) fn send(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n");
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}

/// Sends all of `bytes` with their length.
pub(super) fn send_all(stream: &mut TcpStream, bytes: &[u8]) {
    send(stream, "200 OK", &format!("content-length: {}\r\n", bytes.len()), bytes);
}

pub(super) fn good(bytes: &[u8]) -> Server {
    let bytes = bytes.to_vec();
    serve(move |_, _, stream| send_all(stream, &bytes))
}

/// What is asked for behind `range: bytes=`.
pub(super) fn start_of(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok())
}

/// Sends `bytes` from where the request asks on.
pub(super) fn send_rest(stream: &mut TcpStream, head: &str, bytes: &[u8]) {
    let start = start_of(head).unwrap_or(0);
    let (rest, all) = (&bytes[start..], bytes.len());
    let headers =
        format!("content-length: {}\r\ncontent-range: bytes {start}-{}/{all}\r\n", rest.len(), all - 1);
    send(stream, "206 Partial Content", &headers, rest);
}
